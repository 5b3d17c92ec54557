import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Row } from './process.ts';

let boot: string | undefined;

/** Random per boot. */
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}

/** From `/proc/<pid>/stat`: the fields after the last `)`, since the command name may hold spaces and parentheses. */
export function parseStat(pid: number, stat: string): Row | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  return { pid, startTime: fields[19] as string, parent: Number(parent), group: Number(group) };
}

export function look(pid: number): Row | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined; // no such process
  }
}

const pids = (): number[] => {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) found.push(Number(name));
  return found;
};

export function all(): Row[] {
  const rows: Row[] = [];
  for (const pid of pids()) {
    const row = look(pid);
    if (row) rows.push(row);
  }
  return rows;
}

/** Kernel threads and other users' processes have no environment to read, so they never carry anything. */
function carries(pid: number, entry: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(`\0${entry}\0`);
  } catch {
    return false; // gone, or another user's
  }
}

export const carriers = (entry: string): number[] => pids().filter((pid) => carries(pid, entry));

export function environmentOf(pid: number): Record<string, string> | undefined {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    return Object.fromEntries(entries.map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)]));
  } catch {
    return undefined; // gone, or another user's
  }
}

/** The pid that was given last in this pid namespace; the next process gets a greater one, until they begin anew. */
export const lastPid = (): number | undefined =>
  Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ')[4]) || undefined;

/** More pids than this are not looked at. */
const mostSince = 200;

export function leftInSession(leader: number, before: number): boolean {
  const last = lastPid() ?? 0;
  if (last <= before || last - before > mostSince) return true;
  for (let pid = before + 1; pid <= last; pid++) {
    if (pid !== leader && existsSync(`/proc/${pid}`) && sessionOf(pid) === leader) return true;
  }
  return false;
}

/** Also of a process that has just ended. */
function sessionOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
  } catch {
    return undefined; // no such process
  }
}
