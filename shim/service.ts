import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Paths } from '../shared/paths.ts';

/** The daemon as a service of the person's own service manager: where it is registered, and how the manager is asked. */
export interface Service {
  manager: 'systemd' | 'launchd';
  /** What the manager calls it. */
  name: string;
  /** Where its definition is. Not below XDG_CONFIG_HOME: the manager's may be another than ours. */
  file: string;
}

/** Where the service of this platform is registered, installed or not; undefined where we know no manager. */
export function serviceOn(platform: NodeJS.Platform, home = process.env.HOME || homedir()): Service | undefined {
  if (platform === 'linux') {
    const name = 'qantara.service';
    return { manager: 'systemd', name, file: join(home, '.config/systemd/user', name) };
  }
  if (platform === 'darwin') {
    const name = 'dev.qantara.daemon';
    return { manager: 'launchd', name, file: join(home, 'Library/LaunchAgents', `${name}.plist`) };
  }
  return undefined;
}

/** A value in double quotes as systemd.service(5) reads it; `%` would begin a specifier. */
export const systemdQuoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;

export const xmlString = (text: string): string =>
  `<string>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`;

/** What stands in a definition of ours about the state folder, and in no other. */
export const homeMark = ({ manager }: Service, stateFolder: string): string =>
  manager === 'systemd'
    ? `Environment=${systemdQuoted(`QANTARA_HOME=${stateFolder}`)}`
    : `<key>QANTARA_HOME</key>${xmlString(stateFolder)}`;

/** The installed service of this state folder. Costs one attempt to read a file; a definition for another folder is none. */
export function installedService(paths: Paths): Service | undefined {
  const service = serviceOn(process.platform);
  try {
    return service && readFileSync(service.file, 'utf8').includes(homeMark(service, paths.home)) ? service : undefined;
  } catch {
    return undefined; // There is none, or we may not know.
  }
}

/** launchd's name of the person's session at the screen; where agents of a LaunchAgents folder run. */
const domain = (): string => `gui/${userInfo().uid}`;

/** The commands of a manager, as arguments; no shell reads them. */
export function commandsOf({ manager, name, file }: Service) {
  const systemctl = (...args: string[]) => ['systemctl', '--user', ...args];
  const target = `${domain()}/${name}`;
  return manager === 'systemd'
    ? {
        /** Answers when the manager can be reached. */
        probe: systemctl('show', '--property=Version'),
        /** Makes a new or changed definition known, to be started at every login. */
        enable: [systemctl('daemon-reload'), systemctl('enable', name)],
        start: systemctl('start', name),
        stop: systemctl('stop', name),
        show: systemctl('show', '--property=LoadState,UnitFileState,ActiveState,MainPID', name),
        /** Before the definition is removed, and after. */
        disable: [systemctl('disable', '--now', name)],
        forget: [systemctl('daemon-reload')],
      }
    : {
        probe: ['launchctl', 'print', domain()],
        enable: [
          ['launchctl', 'enable', target],
          ['launchctl', 'bootstrap', domain(), file],
        ],
        start: ['launchctl', 'kickstart', target],
        // Its end without a fault is not taken for a crash, so it stays down until it is started again.
        stop: ['launchctl', 'kill', 'SIGTERM', target],
        show: ['launchctl', 'print', target],
        disable: [['launchctl', 'bootout', target]],
        forget: [],
      };
}

export interface ManagerAnswer {
  ok: boolean;
  stdout: string;
  /** Its own words, or why it could not be run; one line. */
  words: string;
  /** There is no such program. */
  missing: boolean;
}

/**
 * Runs one command of a service manager; never throws. Hosts strip XDG_RUNTIME_DIR, without which `systemctl --user`
 * does not find the manager, so it is put back where logind made the folder.
 */
export async function runManager([program = '', ...args]: readonly string[], limitMs = 20_000): Promise<ManagerAnswer> {
  const { execFile } = await import('node:child_process');
  const env = { XDG_RUNTIME_DIR: `/run/user/${userInfo().uid}`, ...process.env, LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: limitMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const late = error?.killed ? `it did not answer within ${limitMs / 1000} s` : undefined;
      const words = late ?? (stderr.trim().split('\n')[0] || error?.message || '');
      resolve({ ok: !error, stdout, words, missing: (error as NodeJS.ErrnoException | null)?.code === 'ENOENT' });
    });
  });
}
