import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Agent, Reasoning, Thinking } from '../../shared/agents/agent.ts';
import { QantaraError } from '../../shared/errors.ts';
import type { Policy } from '../../shared/policy.ts';
import { budgetsOf } from '../budget/budgets.ts';
import { checkBudgets } from '../budget/check.ts';
import type { Caller } from '../caller.ts';
import { failpoint } from '../failpoint.ts';
import { delegateEnvironment } from '../runner/environment.ts';
import { folderOf, type JobFolder, prepareFolder } from '../runner/folder.ts';
import { environmentOf } from '../runner/process.ts';
import { findBinary } from '../runner/spawn.ts';
import type { Job } from '../store/jobs.ts';
import { termsOf } from '../terms.ts';
import { briefing } from './briefing.ts';
import type { Jobs } from './context.ts';
import { recordOf } from './record.ts';
import { schedule } from './schedule.ts';

/** A checked ask: every value has been validated and policy has been applied. */
export interface Ask {
  agent: Agent;
  task: string;
  /** Absolute, resolved, an existing directory. */
  cwd: string;
  background: boolean;
  sessionId?: string;
  model?: string;
  reasoning?: Reasoning;
  thinking?: Thinking;
  /** ms; counts where it is less than policy's limit. */
  timeLimitMs?: number;
  /** The same key never makes a second job: a re-sent call finds the first one. */
  callKey: string;
}

/**
 * Accepts an ask as a job: its row and its folder (prompt, environment) are on disk when this returns, or neither.
 * Throws `agent_not_installed` when the CLI is not on the delegate's PATH, `budget_exceeded` when nothing is left of a
 * budget; then there is no job.
 */
export async function submit(jobs: Jobs, caller: Caller, ask: Ask): Promise<Job> {
  const { policy, mode, model, reasoning } = termsOf(caller, ask);
  const handed = policy.heldBy ? inherited(caller) : caller.environment;
  const environment = delegateEnvironment({ login: await jobs.login, caller: handed }, ask.agent, jobs.env);
  const path = environment.PATH ?? '';
  if (!findBinary(ask.agent.binary, path)) {
    const { title, binary, install } = ask.agent;
    throw new QantaraError('agent_not_installed', { title, binary, install, path });
  }
  const job = together(jobs, (made) => {
    const known = jobs.store.jobs.byCall(ask.callKey);
    if (known) return known;
    // Its family was counted when it was stopped; a child that comes later would outlive it.
    const { parent } = caller;
    const now = parent && jobs.store.jobs.get(parent.id);
    if (parent && (!now || now.endedAt !== null)) throw new QantaraError('job_over', { job: parent.id });
    if (now?.stopReason) throw new QantaraError('job_stopped', { job: now.id });
    checkBudgets(jobs, caller);
    const row = jobs.store.jobs.insert({
      callKey: ask.callKey,
      agent: ask.agent.name,
      background: ask.background ? 1 : 0,
      host: caller.host,
      hostSession: caller.hostSession,
      caller: caller.identity,
      scope: caller.scope,
      parent: caller.parent?.id ?? null,
      root: caller.parent?.root ?? caller.parent?.id ?? null,
      budgets: JSON.stringify(budgetsOf(caller)),
      depth: caller.depth + 1,
      nonce: randomBytes(8).toString('hex'),
      task: ask.task,
      cwd: ask.cwd,
      policy: JSON.stringify(policy),
      mode,
      model: model ?? null,
      reasoning: reasoning ?? null,
      thinking: ask.thinking ?? null,
      timeLimitMs: Math.min(timeLimitOf(policy, ask.background), ask.timeLimitMs ?? Number.POSITIVE_INFINITY),
      sessionId: ask.sessionId ?? null,
      createdAt: Date.now(),
    });
    failpoint('row-inserted');
    prepareFolder(made(folderOf(jobs.paths.jobs, row.id)), {
      prompt: briefing(ask.task, caller, policy.heldBy && ask.agent.instructions),
      environment: { ...environment, QANTARA_HOME: jobs.paths.home },
      record: recordOf(row),
    });
    failpoint('folder-written');
    return row;
  });
  jobs.log.info({ job: job.id, host: caller.host, depth: job.depth, background: ask.background }, 'job accepted');
  failpoint('job-accepted');
  schedule(jobs);
  return job;
}

/**
 * What a delegate that is held to less inherits: the environment of the job that it is part of. One that its caller
 * chose could let it do more, by a PATH with another executable in it or code in NODE_OPTIONS.
 */
function inherited({ parent, environment }: Caller): Record<string, string> {
  if (!parent?.pid || !parent.startTime) return environment;
  return environmentOf({ pid: parent.pid, startTime: parent.startTime }) ?? environment;
}

/** A blocking ask that goes on after its call gets at least as long as the call had; ms. */
function timeLimitOf({ onTimeout, timeoutMs, jobTimeoutMs }: Policy, background: boolean): number {
  if (background) return jobTimeoutMs;
  return onTimeout === 'kill' ? timeoutMs : Math.max(timeoutMs, jobTimeoutMs);
}

/** One transaction; when it fails, the folder that `work` says it makes is not left behind, nor the environment in it. */
function together(jobs: Jobs, work: (made: (folder: JobFolder) => JobFolder) => Job): Job {
  let folder: JobFolder | undefined;
  try {
    return jobs.store.together(() =>
      work((made) => {
        folder = made;
        return made;
      }),
    );
  } catch (error) {
    if (folder) rmSync(folder.dir, { recursive: true, force: true });
    throw error;
  }
}
