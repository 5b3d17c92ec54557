import { QantaraError } from '../../shared/errors.ts';
import { duration } from '../../shared/format.ts';
import { isTerminal } from '../../shared/job.ts';
import { owned, owns } from '../caller.ts';
import type { CheckArguments, JobArguments } from '../jobs/arguments.ts';
import { markDelivered } from '../jobs/mark.ts';
import { cancelJob as cancel } from '../jobs/remove.ts';
import { waitFor } from '../jobs/wait.ts';
import type { Job } from '../store/jobs.ts';
import { blockingLimit, type Call } from './call.ts';
import { reportProgress } from './progress.ts';
import { listOf, type Reply, resultOf, stillRunning } from './render.ts';

const longestList = 50;

/**
 * The job of that id. A host that a person talks to may name any of theirs, ids are made to be said aloud; a delegate
 * only sees what was delegated from where it is.
 */
function jobOf({ jobs, caller }: Call<unknown>, id: string): Job {
  const job = jobs.store.jobs.get(id);
  if (!job) throw new QantaraError('unknown_job', { job: id });
  if (caller.parent && !owns(caller, job)) throw new QantaraError('not_yours', { job: id });
  return job;
}

/** The result of an ended job; it counts as read from now on when its owner got it. */
function deliver({ jobs, caller }: Call<unknown>, job: Job, offset = 0): Reply {
  if (owns(caller, job)) markDelivered(jobs, job);
  return resultOf(jobs, job, caller.policy.maxOutputBytes, offset);
}

/** `wait_job`: blocks until the job ends or the wait limit comes. Giving up never touches the job. */
export async function waitJob(call: Call<JobArguments>): Promise<Reply> {
  const { jobs, caller, signal } = call;
  const job = jobOf(call, call.given.job_id);
  const limit = blockingLimit(caller, caller.policy.waitCapMs);
  const stopReporting = reportProgress(jobs, job.id, call.report);
  const after = await waitFor(jobs, job.id, limit, signal).finally(stopReporting);
  if (isTerminal(after.state) && !signal.aborted) return deliver(call, after);
  return stillRunning(jobs, after, `Job ${job.id} is not done after another ${duration(limit)}.`);
}

/** `check_job`: one job's state or result at once, or the list of this caller's jobs. */
export function checkJob(call: Call<CheckArguments>): Reply {
  const { jobs, caller, given } = call;
  if (given.job_id === undefined) {
    return listOf(jobs, [...owned(caller, jobs.store.jobs.inScope(caller.scope, longestList))]);
  }
  const job = jobOf(call, given.job_id);
  if (isTerminal(job.state)) return deliver(call, job, given.offset);
  return stillRunning(jobs, job, `Job ${job.id} is ${job.state}.`);
}

/** `cancel_job`: stops a job with everything it started, and says how it ended. */
export async function cancelJob(call: Call<JobArguments>): Promise<Reply> {
  const job = jobOf(call, call.given.job_id);
  const after = await cancel(call.jobs, job.id, call.signal);
  return isTerminal(after.state)
    ? deliver(call, after)
    : stillRunning(call.jobs, after, `Job ${job.id} is being stopped.`);
}
