import { existsSync, realpathSync } from 'node:fs';
import { agents } from '../../shared/agents/index.ts';
import { QantaraError } from '../../shared/errors.ts';
import { duration } from '../../shared/format.ts';
import { isTerminal } from '../../shared/job.ts';
import { agentOfTool, type Tool } from '../../shared/tools.ts';
import { uptimeMs } from '../jobs/context.ts';
import { markBackground, markDelivered } from '../jobs/mark.ts';
import { endedWithinMs } from '../jobs/remove.ts';
import { chooseSession } from '../jobs/session.ts';
import { stop } from '../jobs/stop.ts';
import { type Ask, submit } from '../jobs/submit.ts';
import { waitFor } from '../jobs/wait.ts';
import type { Job } from '../store/jobs.ts';
import { type AskArguments, checkAsk, checkDirectory } from './arguments.ts';
import { blockingLimit, type Call, hostLimitOf, wasCancelled } from './call.ts';
import { reportProgress } from './progress.ts';
import { type Reply, reply, resultOf, stillRunning } from './render.ts';

/** `ask_<agent>`: makes the ask a job and, unless it is to run in the background, waits for its result. */
export async function ask(call: Call<AskArguments>, tool: Tool): Promise<Reply> {
  const { jobs, caller, given } = call;
  const known = jobs.store.jobs.byCall(call.key);
  const job = known ?? (await submit(jobs, caller, checkedAsk(call, tool)));
  if (given.background) {
    return reply(
      `Started in the background as job ${job.id}. Go on with other work; call wait_job with job_id "${job.id}" when you need the result.`,
      { 'qantara/job': { id: job.id, agent: job.agent, state: job.state } },
    );
  }
  return await answer(call, job, known ? Math.max(0, Date.now() - known.createdAt) : 0);
}

/** Applies what policy and the schema cannot say alone; throws before anything has been started. */
function checkedAsk(call: Call<AskArguments>, tool: Tool): Ask {
  const { jobs, caller, given } = call;
  const agent = agentOfTool(tool.name) as NonNullable<ReturnType<typeof agentOfTool>>;
  const { policy } = caller;
  if (!policy.expose.includes(agent.name)) {
    const exposed = agents.filter(({ name }) => policy.expose.includes(name)).map(({ name }) => name);
    throw new QantaraError('agent_not_exposed', { agent: agent.name, exposed: exposed.join(', ') || 'none' });
  }
  if (caller.depth >= policy.maxDepth) {
    throw new QantaraError('depth_exceeded', { depth: caller.depth, limit: policy.maxDepth });
  }
  checkAsk(tool, agent, given);
  const places = { workspace: caller.workspace, home: realpathSync(jobs.paths.home) };
  const cwd = given.cwd === undefined ? undefined : checkDirectory(tool.name, given.cwd, places);
  const resume = chooseSession(jobs.store, caller, agent, {
    sessionId: given.session_id,
    continueSession: given.continue_session,
    cwd,
  });
  if (resume?.cwd && !existsSync(resume.cwd)) {
    throw new QantaraError('session_gone', { title: agent.title, session: resume.sessionId, home: resume.cwd });
  }
  return {
    agent,
    task: given.task,
    cwd: checkDirectory(tool.name, resume?.cwd ?? cwd ?? caller.workspace, places),
    background: given.background ?? false,
    sessionId: resume?.sessionId,
    model: given.model,
    reasoning: given.reasoning,
    thinking: given.thinking,
    callKey: call.key,
  };
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
  markDelivered(jobs, job.id);
  return resultOf(jobs, after, policy.maxOutputBytes);
}
