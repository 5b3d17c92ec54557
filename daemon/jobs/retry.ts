import type { Jobs } from './context.ts';

const firstPauseMs = 100;
const longestPauseMs = 30_000;

/** Errors that end without our doing: a full or read-only disk or quota, no free descriptor or memory. */
const passing = ['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'];

/** Whether what failed may succeed later although nothing about the job changes. A failing store always may. */
export function isPassing(error: unknown): boolean {
  const code = String((error as { code?: unknown } | undefined)?.code ?? '');
  return code.startsWith('SQLITE_') || passing.includes(code);
}

/** Calls `act` after a pause that grows with the failures so far, from 0.1 s to 30 s; never once the daemon closes. */
export function later(jobs: Jobs, failures: number, act: () => void): void {
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
  setTimeout(() => {
    if (!jobs.closing) act();
  }, pauseMs).unref();
}
