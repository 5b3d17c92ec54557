import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const kilobytes = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);

/** What a process holds for itself alone, and all that it has in memory; MB. Linux only. */
export function memoryOf(pid: number): { private: number; resident: number; peak: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    private: (kilobytes(rollup, 'Private_Dirty') + kilobytes(rollup, 'Private_Clean')) / 1024,
    resident: kilobytes(status, 'VmRSS') / 1024,
    peak: kilobytes(status, 'VmHWM') / 1024,
  };
}

/** From now on `peak` counts anew. */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** How often the threads of a process have gone to sleep so far; each time something woke them again. */
export const sleepsOf = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }, 0);
