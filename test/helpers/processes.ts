import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Polls `probe` until it returns something, at most `limitMs`. Throws with `what` when it never does. */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  limitMs = 45_000,
): Promise<NonNullable<T>> {
  const until = Date.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > until) throw new Error(`Waited ${limitMs} ms in vain until ${what}.`);
    await delay(50);
  }
}

/** False for a process that has ended, also when nobody has collected it yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // No /proc on this platform, or the process ended just now; the signal above was the answer.
    return process.platform !== 'linux';
  }
}

export interface Process {
  pid: number;
  command: string;
}

/** The processes whose environment says HOME=`home`. Linux only: elsewhere the list is empty. */
export function processesOf(home: string): Process[] {
  if (process.platform !== 'linux') return [];
  const found: Process[] = [];
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0');
      if (!environment.includes(`HOME=${home}`) || !isAlive(Number(entry))) continue;
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 300);
      found.push({ pid: Number(entry), command });
    } catch {
      // The process ended between the listing and the reading, or it is another user's.
    }
  }
  return found;
}
