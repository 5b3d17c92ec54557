import { isTerminal, type StopReason } from '../../shared/job.ts';
import { failpoint } from '../failpoint.ts';
import type { Identity } from '../runner/process.ts';
import { stopJob } from '../runner/stop.ts';
import type { Job } from '../store/jobs.ts';
import { type Jobs, markerOf } from './context.ts';
import { endJob } from './end.ts';

/** How long an agent may take to end after TERM before it is killed; ms. */
const graceMs = 5_000;

/** The process of a job as it was recorded, or undefined where it never had one. */
export const identityOf = (job: Job): Identity | undefined =>
  job.pid === null || job.startTime === null || job.bootId === null
    ? undefined
    : { pid: job.pid, startTime: job.startTime, bootId: job.bootId };

/** Ends the processes of a job, escapees included, whatever its state; the follower then sees how it ended. */
export const killProcesses = (job: Job): Promise<void> =>
  stopJob({ identity: identityOf(job), marker: markerOf(job), graceMs });

/**
 * Stops a job and the jobs that it delegated, for `reason`; the first reason wins. The reason is recorded before the
 * first signal, so that a crash in between does not lose it. Resolves when nothing of it runs any more; false when
 * the job had ended before.
 */
export async function stop(jobs: Jobs, id: string, reason: StopReason): Promise<boolean> {
  const job = jobs.store.jobs.get(id);
  if (!job || isTerminal(job.state)) return false;
  failpoint('stop-asked');
  // An agent that has given its result but does not exit has succeeded; ending its process is no cancellation.
  if (!jobs.live.get(id)?.summary.result) jobs.store.jobs.stopping(id, reason);
  failpoint('stop-recorded');
  if (job.state === 'queued') {
    endJob(jobs, id, { state: reason, exitCode: null });
    return true;
  }
  const children = jobs.store.jobs.unfinished().filter((other) => other.parent === id);
  await Promise.all([killProcesses(job), ...children.map((child) => stop(jobs, child.id, reason))]);
  failpoint('processes-stopped');
  return true;
}
