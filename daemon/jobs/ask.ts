import { existsSync, realpathSync } from 'node:fs';
import type { Agent } from '../../shared/agents/agent.ts';
import { agents } from '../../shared/agents/index.ts';
import { QantaraError } from '../../shared/errors.ts';
import { agentOfTool, type Tool } from '../../shared/tools.ts';
import type { Caller } from '../caller.ts';
import type { Job } from '../store/jobs.ts';
import { type AskArguments, checkAsk, checkDirectory } from './arguments.ts';
import type { Jobs } from './context.ts';
import { chooseSession } from './session.ts';
import { type Ask, submit } from './submit.ts';

/** An ask whose arguments have the shape of its tool's schema, whoever makes it. */
export interface Asked {
  tool: Tool;
  given: AskArguments;
  /** The same key never makes a second job. */
  key: string;
  /** ms; a limit of the caller's own, which counts where it is less than policy's. */
  timeLimitMs?: number;
}

/**
 * Makes an ask a job, or finds the job that the same call has made before. The one way in: policy, sessions and
 * directories are the same for hosts, people and delegates. Throws the error that says why not, before anything runs.
 */
export async function askJob(jobs: Jobs, caller: Caller, asked: Asked): Promise<Job> {
  return jobs.store.jobs.byCall(asked.key) ?? (await submit(jobs, caller, checkedAsk(jobs, caller, asked)));
}

/** Applies what policy and the schema cannot say alone; throws before anything has been started. */
function checkedAsk(jobs: Jobs, caller: Caller, { tool, given, key, timeLimitMs }: Asked): Ask {
  const agent = agentOfTool(tool.name) as Agent;
  const { policy } = caller;
  if (!policy.expose.includes(agent.name)) {
    const exposed = agents.filter(({ name }) => policy.expose.includes(name)).map(({ name }) => name);
    throw new QantaraError('agent_not_exposed', { agent: agent.name, exposed: exposed.join(', ') || 'none' });
  }
  if (caller.depth >= policy.maxDepth) {
    throw new QantaraError('depth_exceeded', { depth: caller.depth, limit: policy.maxDepth });
  }
  checkAsk(tool, agent, given);
  const places = { workspace: caller.workspace, home: realpathSync(jobs.paths.home), roots: policy.roots };
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
    callKey: key,
    timeLimitMs,
  };
}
