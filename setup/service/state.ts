import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { QantaraError } from '../../shared/errors.ts';
import { commandsOf, type ManagerAnswer, runManager, type Service } from '../../shim/service.ts';
import { daemonNeedsNone } from './plan.ts';

/** What the manager says of the service. */
export interface ServiceState {
  /** It has read the definition. */
  loaded: boolean;
  /** It starts the service at login. */
  enabled: boolean;
  active: boolean;
  /** In its own words: `active`, `inactive`, `failed`, `running`, … */
  word: string;
  /** Pid of the daemon that it runs. */
  pid?: number;
}

/** Throws `no_service_manager`, with the remedy where there is one. */
export async function requireManager(service: Service): Promise<void> {
  const answer = await runManager(commandsOf(service).probe);
  if (!answer.ok) throw unreachable(service, answer);
}

/** Runs a command and returns what it printed; throws `service_failed` with the manager's words. */
export async function manage(command: readonly string[]): Promise<string> {
  const { ok, words, stdout } = await runManager(command);
  if (ok) return stdout;
  throw new QantaraError('service_failed', { command: command.join(' '), message: words });
}

/** Why a manager that did not answer cannot be used, and what to do. `booted`: this system was started by systemd. */
export function unreachable(
  service: Service,
  { missing, words }: Pick<ManagerAnswer, 'missing' | 'words'>,
  booted = existsSync('/run/systemd/system'),
): QantaraError {
  const fault = (problem: string, remedy: string) => new QantaraError('no_service_manager', { problem, remedy });
  if (service.manager === 'launchd') {
    return fault(`launchd does not answer here (${words}).`, 'Run it in a terminal of a session at the screen.');
  }
  if (missing) return fault('there is no systemctl on the PATH.', daemonNeedsNone);
  if (/not been booted with systemd/.test(words) || (!booted && /connect to .*bus/i.test(words))) {
    const wsl = existsSync('/proc/sys/fs/binfmt_misc/WSLInterop')
      ? ' In WSL2, [boot] systemd=true in /etc/wsl.conf.'
      : '';
    return fault('this system was not started with systemd.', daemonNeedsNone + wsl);
  }
  if (/connect to .*bus/i.test(words)) {
    const { uid, username } = userInfo();
    return fault(
      `user ${uid} has no service manager in this session (${words}).`,
      `Run \`loginctl enable-linger ${username}\`, which starts one, and try again.`,
    );
  }
  return fault(`systemd does not answer: ${words}.`, daemonNeedsNone);
}

/** What the manager says of the service; a service that it does not know is not loaded. Throws `no_service_manager`. */
export async function stateOf(service: Service): Promise<ServiceState> {
  const answer = await runManager(commandsOf(service).show);
  if (service.manager === 'launchd') return launchdState(answer);
  if (!answer.ok) throw unreachable(service, answer);
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(answer.stdout)?.[1] ?? '';
  const word = value('ActiveState');
  const pid = Number(value('MainPID'));
  return {
    loaded: value('LoadState') === 'loaded',
    enabled: value('UnitFileState') === 'enabled',
    active: word === 'active',
    word,
    ...(pid > 0 && { pid }),
  };
}

/** `launchctl print` is for people; these two lines have been the same since macOS 10.10. It fails for what is not loaded. */
function launchdState({ ok, stdout }: ManagerAnswer): ServiceState {
  const word = /^\s*state = (.+)$/m.exec(stdout)?.[1] ?? (ok ? 'unknown' : 'not loaded');
  const pid = Number(/^\s*pid = (\d+)$/m.exec(stdout)?.[1] ?? 0);
  return { loaded: ok, enabled: ok, active: word === 'running', word, ...(pid > 0 && { pid }) };
}

/**
 * What has to be known about logging out: systemd ends a person's manager, and all that runs below it, with the last
 * session, unless the person lingers. Undefined where that is so, or where it does not apply.
 */
export function lingerAdvice(service: Service): string | undefined {
  const { username, uid } = userInfo();
  // Root's manager ends in the same way; without logind nobody ends one.
  if (service.manager !== 'systemd' || !existsSync(`/run/user/${uid}`)) return undefined;
  if (existsSync(`/var/lib/systemd/linger/${username}`)) return undefined;
  return `When you log out, systemd ends the daemon and the jobs that it runs. To keep them: loginctl enable-linger ${username}`;
}
