import { isTerminal, type StopReason } from '../../shared/job.ts';
import { failpoint } from '../failpoint.ts';
import type { Identity } from '../runner/process.ts';
import { stopJob } from '../runner/stop.ts';
import type { Job } from '../store/jobs.ts';
import { type Jobs, markerOf } from './context.ts';
import { endUnstarted } from './end.ts';

/** How long an agent may take to end after TERM before it is killed; ms. */
const graceMs = 5_000;
/** One that fills the disk gets less. */
const runawayGraceMs = 500;

/** The process of a job as it was recorded, or undefined where it never had one. */
export const identityOf = (job: Job): Identity | undefined =>
  job.pid === null || job.startTime === null || job.bootId === null
    ? undefined
    : { pid: job.pid, startTime: job.startTime, bootId: job.bootId };

/**
 * Ends the processes of a job, escapees included, whatever its state; the follower then sees how it ended. However
 * many ask for it at once, it is done once.
 */
export function killProcesses(jobs: Jobs, job: Job, reason?: StopReason): Promise<void> {
  const known = jobs.stopping.get(job.id);
  if (known) return known;
  const identity = identityOf(job);
  if (identity) jobs.supervisors.dismiss(identity);
  const stopped = stopJob({
    identity,
    marker: markerOf(job),
    graceMs: reason === 'output_limit' ? runawayGraceMs : graceMs,
  });
  const done = stopped.finally(() => jobs.stopping.delete(job.id));
  jobs.stopping.set(job.id, done);
  return done;
}

/** A job and what it delegated, at any depth, as far as it has not ended. */
function familyOf(jobs: Jobs, job: Job): Job[] {
  const unfinished = jobs.store.jobs.unfinished();
  const family = [job];
  // It grows while it is walked: children are always younger than their parent.
  for (const one of family) family.push(...unfinished.filter((other) => other.parent === one.id));
  return family;
}

function end(jobs: Jobs, job: Job, reason: StopReason): Promise<void> | void {
  if (job.state === 'queued') return endUnstarted(jobs, job, reason);
  return killProcesses(jobs, job, reason);
}

/**
 * Stops a job and the jobs that it delegated, for `reason`; the first reason wins. The reason is recorded for all of
 * them before the first signal, so that a crash in between loses none of it. Resolves when nothing of it runs any
 * more; false when the job had ended before.
 */
export async function stop(jobs: Jobs, id: string, reason: StopReason): Promise<boolean> {
  await jobs.recovering; // only who follows a job knows whether it has given its result
  const job = jobs.store.jobs.get(id);
  if (!job || isTerminal(job.state)) return false;
  failpoint('stop-asked');
  const family = familyOf(jobs, job);
  // The limit was its own; what it delegated is only taken along.
  const reasonOf = (one: Job): StopReason => (one.id === id ? reason : 'cancelled');
  jobs.store.together(() => {
    for (const one of family) {
      // An agent that has given its result but does not exit has succeeded; ending its process is no cancellation.
      if (!jobs.live.get(one.id)?.summary.result) jobs.store.jobs.stopping(one.id, reasonOf(one));
    }
  });
  failpoint('stop-recorded');
  await Promise.all(family.map((one) => end(jobs, one, reasonOf(one))));
  failpoint('processes-stopped');
  return true;
}
