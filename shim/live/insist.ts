import { setTimeout as sleep } from 'node:timers/promises';
import { isAbsent, isPassing } from '../../shared/client.ts';
import { QantaraError } from '../../shared/errors.ts';
import type { Paths } from '../../shared/paths.ts';
import { ensureDaemon } from '../http.ts';

/** How long a daemon may be away before it is given up; ms. */
const patienceMs = 30_000;
const pauseMs = 100;

/** A connection that was not there or broke off, other than an answer that says no. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof QantaraError) || error.code !== 'daemon_unavailable' || !error.cause) return false;
  // What has no code is an answer that broke off; others (EACCES, ENOTDIR, …) will be the same the next time.
  return isPassing(error.cause) || !(error.cause as NodeJS.ErrnoException).code;
}

/**
 * Does `work` again for as long as the daemon dies under it, and starts one where none runs. Asking again must be
 * harmless. `isNews` tells whether something came meanwhile, so that a long stream may outlive any number of daemons.
 */
export async function insist<Result>(
  paths: Paths,
  work: () => Promise<Result>,
  isNews: () => boolean = () => false,
): Promise<Result> {
  let downSince = performance.now();
  for (let first = true; ; first = false) {
    try {
      return await work();
    } catch (error) {
      if (!isBroken(error)) throw error;
      if (first || isNews()) downSince = performance.now();
      if (performance.now() - downSince > patienceMs) throw error;
      if (isAbsent((error as QantaraError).cause)) await ensureDaemon(paths);
      else await sleep(pauseMs);
    }
  }
}
