import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Host, Login, Place } from './host.ts';

const run = promisify(execFile);
const versionLimitMs = 15_000;

export interface Found {
  host: Host;
  /** Absolute path of its executable; absent for an application that was found by its folder. */
  binary?: string;
  /** Absent when it did not say. */
  version?: string;
  login?: Login;
}

/** The hosts that are installed, in the order of `hosts`. Writes nothing to the person's files and asks no network. */
export async function detect(hosts: readonly Host[], place: Place): Promise<Found[]> {
  const found = await Promise.all(hosts.map((host) => look(host, place)));
  return found.filter((one) => one !== undefined);
}

async function look(host: Host, place: Place): Promise<Found | undefined> {
  const binary = host.binary && findBinary(host.binary, place);
  if (!binary && !(host.folder && existsSync(host.folder(place)))) return undefined;
  return {
    host,
    ...(binary && { binary, version: await versionOf(binary, place) }),
    ...(host.login && { login: host.login(place) }),
  };
}

/** Where installers put an executable without it being on the PATH of every program. */
const usualFolders = ({ home }: Place): string[] => [
  join(home, '.local', 'bin'),
  join(home, '.claude', 'local'),
  join(home, '.bun', 'bin'),
  '/opt/homebrew/bin',
  '/usr/local/bin',
];

/** The absolute path of an executable, on the PATH or in a usual folder. */
export function findBinary(name: string, place: Place): string | undefined {
  return findIn([...(place.environment.PATH ?? '').split(delimiter), ...usualFolders(place)], name);
}

/** The first executable of that name in absolute folders. */
export const findIn = (folders: readonly string[], name: string): string | undefined =>
  folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What `--version` says. With a HOME of its own: Gemini CLI 0.61 writes to its folder even then. */
async function versionOf(binary: string, { environment }: Place): Promise<string | undefined> {
  const home = mkdtempSync(join(tmpdir(), 'qantara-setup-'));
  try {
    const path = [environment.PATH, dirname(process.execPath)].filter(Boolean).join(delimiter);
    const { stdout } = await run(binary, ['--version'], {
      cwd: home,
      env: { HOME: home, PATH: path, CODEX_HOME: home },
      timeout: versionLimitMs,
      killSignal: 'SIGKILL',
    });
    return /\d+\.\d+\.\d+[-\w.]*/.exec(stdout)?.[0];
  } catch {
    return undefined; // It does not start; that is for the doctor to explain.
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}
