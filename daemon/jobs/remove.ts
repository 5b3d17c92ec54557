import { rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { QantaraError } from '../../shared/errors.ts';
import { isTerminal } from '../../shared/job.ts';
import { folderOf } from '../runner/folder.ts';
import type { Job } from '../store/jobs.ts';
import type { Jobs } from './context.ts';
import { stop } from './stop.ts';
import { waitFor } from './wait.ts';

/** The end of a stopped job is recorded by whoever follows it, moments after the last process is gone; ms. */
export const endedWithinMs = 15_000;

/** Stops a job with everything it started and returns it as it then is. Throws `unknown_job`. */
export async function cancelJob(jobs: Jobs, id: string, signal?: AbortSignal): Promise<Job> {
  if (!jobs.store.jobs.get(id)) throw new QantaraError('unknown_job', { job: id });
  await stop(jobs, id, 'cancelled');
  return await waitFor(jobs, id, endedWithinMs, signal);
}

/** Stops a job if it runs, removes it and its folder, and returns what it was. Throws `unknown_job`, `still_stopping`. */
export async function removeJob(jobs: Jobs, id: string): Promise<Job> {
  const job = await cancelJob(jobs, id);
  if (!isTerminal(job.state)) throw new QantaraError('still_stopping', { job: id });
  forgetJob(jobs, id);
  return job;
}

/** Removes an ended job. The folder first: a row without a folder can be removed again, a folder without a row not. */
export function forgetJob(jobs: Jobs, id: string): void {
  rmSync(folderOf(jobs.paths.jobs, id).dir, { recursive: true, force: true });
  jobs.store.together(() => jobs.store.jobs.remove(id));
}

/** Removes ended jobs, a few at a time: between them the daemon does what else there is to do. */
export async function pruneJobs(jobs: Jobs, found: readonly Pick<Job, 'id'>[]): Promise<void> {
  for (const [at, { id }] of found.entries()) {
    forgetJob(jobs, id);
    if (at % 10 === 9) await setImmediate();
  }
  if (found.length > 0) jobs.log.info({ jobs: found.length }, 'jobs pruned');
}
