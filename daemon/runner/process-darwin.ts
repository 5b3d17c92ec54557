import { execFileSync } from 'node:child_process';
import type { Row } from './process.ts';

/*
 * macOS has no /proc; `ps` and `sysctl` tell the same. Written for it and not proved on it yet. One `-o` per column,
 * because POSIX takes all that follows a `=` as the header. `ps -E` shows the environment of this user's processes
 * after the command, without quoting, so an entry is found as a word.
 */
const run = (command: string, args: string[]): string => {
  try {
    // A start time is compared as text, so neither the language nor the time zone of this process may shape it.
    const env = { PATH: '/bin:/usr/bin:/usr/sbin', LC_ALL: 'C', TZ: 'UTC' };
    return execFileSync(command, args, { env, encoding: 'utf8', stdio: 'pipe', maxBuffer: 64 * 1024 * 1024 });
  } catch {
    return ''; // `ps -p` exits 1 when there is no such process
  }
};

const columns = ['-o', 'pid=', '-o', 'stat=', '-o', 'ppid=', '-o', 'pgid=', '-o', 'lstart='];
const withEnvironment = ['-E', '-ww', '-o', 'pid=', '-o', 'command='];

let boot: string | undefined;

/** Random per boot. */
export function bootId(): string {
  boot ??= run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']).trim();
  return boot;
}

/** One line of `ps` with these columns: `123 Ss 1 123 Sun Nov 22 15:40:12 2026`. */
export function parseRow(line: string): Row | undefined {
  const [pid, state, parent, group, ...started] = line.trim().split(/\s+/);
  if (!pid || !state || state.startsWith('Z')) return undefined;
  return { pid: Number(pid), startTime: started.join(' '), parent: Number(parent), group: Number(group) };
}

const rowsOf = (text: string): Row[] => text.split('\n').flatMap((line) => parseRow(line) ?? []);

export const look = (pid: number): Row | undefined => rowsOf(run('/bin/ps', [...columns, '-p', String(pid)]))[0];

export const all = (): Row[] => rowsOf(run('/bin/ps', ['-ax', ...columns]));

const holding = (text: string, entry: string): number[] =>
  text
    .split('\n')
    .filter((line) => `${line} `.includes(` ${entry} `))
    .map((line) => Number.parseInt(line, 10));

export const carriers = (entry: string): number[] => holding(run('/bin/ps', ['-ax', ...withEnvironment]), entry);

/** `ps` shows the values without quoting, so they cannot be told apart. */
export const environmentOf = (): undefined => undefined;

/** Pids are given in no order that could be relied on. */
export const lastPid = (): undefined => undefined;

export const leftInSession = (): boolean => true;
