import { duration } from '../../shared/format.ts';
import { isTerminal } from '../../shared/job.ts';
import type { Tool } from '../../shared/tools.ts';
import type { AskArguments } from '../jobs/arguments.ts';
import { askJob } from '../jobs/ask.ts';
import { uptimeMs } from '../jobs/context.ts';
import { markBackground, markDelivered } from '../jobs/mark.ts';
import { endedWithinMs } from '../jobs/remove.ts';
import { stop } from '../jobs/stop.ts';
import { waitFor } from '../jobs/wait.ts';
import type { Job } from '../store/jobs.ts';
import { blockingLimit, type Call, hostLimitOf, wasCancelled } from './call.ts';
import { reportProgress } from './progress.ts';
import { type Reply, reply, resultOf, stillRunning } from './render.ts';

/** `ask_<agent>`: makes the ask a job and, unless it is to run in the background, waits for its result. */
export async function ask(call: Call<AskArguments>, tool: Tool): Promise<Reply> {
  const { jobs, caller, given } = call;
  const job = await askJob(jobs, caller, { tool, given, key: call.key });
  if (given.background) {
    return reply(
      `Started in the background as job ${job.id}. Go on with other work; call wait_job with job_id "${job.id}" when you need the result.`,
      { 'qantara/job': { id: job.id, agent: job.agent, state: job.state } },
    );
  }
  return await answer(call, job, Math.max(0, Date.now() - job.createdAt));
}

/**
 * Waits for the job within the limits of policy and host; then hands over its id, or gives its result.
 * `ageMs`: how long the host has been waiting, for a call that was sent again after a restart of the daemon.
 */
async function answer(call: Call<AskArguments>, job: Job, ageMs: number): Promise<Reply> {
  const { jobs, caller, signal } = call;
  const { policy } = caller;
  const limit = blockingLimit(caller, policy.timeoutMs);
  const began = uptimeMs();
  const stopReporting = reportProgress(jobs, job.id, call.report);
  let after = await waitFor(jobs, job.id, limit - ageMs, signal).finally(stopReporting);
  if (signal.aborted) {
    if (wasCancelled(signal, ageMs + uptimeMs() - began, hostLimitOf(caller))) await stop(jobs, job.id, 'cancelled');
    else markBackground(jobs, job.id);
    return reply('');
  }
  if (!isTerminal(after.state) && policy.onTimeout === 'kill' && limit === policy.timeoutMs) {
    await stop(jobs, job.id, 'timed_out');
    after = await waitFor(jobs, job.id, endedWithinMs, signal);
  }
  if (!isTerminal(after.state)) {
    markBackground(jobs, job.id);
    return stillRunning(
      jobs,
      after,
      `Not done within ${duration(limit)}; it goes on in the background as job ${job.id}.`,
    );
  }
  markDelivered(jobs, after);
  return resultOf(jobs, after, policy.maxOutputBytes);
}
