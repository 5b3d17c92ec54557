import type { Agent, Reasoning, Run, Thinking } from '../../shared/agents/agent.ts';
import { agentNamed } from '../../shared/agents/index.ts';
import { describe, type ErrorCode, QantaraError, wordsOf } from '../../shared/errors.ts';
import type { Policy } from '../../shared/policy.ts';
import { remainingUsd } from '../budget/check.ts';
import { failpoint } from '../failpoint.ts';
import { folderOf, forgetEnvironment, putWall, takeEnvironment } from '../runner/folder.ts';
import type { Identity } from '../runner/process.ts';
import { findBinary } from '../runner/spawn.ts';
import type { Job } from '../store/jobs.ts';
import { type Jobs, markerOf, uptimeMs } from './context.ts';
import { endJob } from './end.ts';
import { follow } from './follow.ts';

/** The run that a job's row describes. The prompt stays in the job folder, where the CLI reads it on stdin. */
const runOf = (job: Job, maxCostUsd?: number): Run => ({
  prompt: '',
  cwd: job.cwd,
  mode: job.mode,
  held: (JSON.parse(job.policy) as Policy).heldBy !== undefined,
  sessionId: job.sessionId ?? undefined,
  model: job.model ?? undefined,
  reasoning: (job.reasoning as Reasoning | null) ?? undefined,
  thinking: (job.thinking as Thinking | null) ?? undefined,
  maxCostUsd,
});

/**
 * Starts a job that is `starting`: its process is recorded before it begins, and followed. A failed start ends the job.
 * Rejects when the store fails; then it has not begun, and has to be taken over.
 */
export async function startJob(jobs: Jobs, job: Job): Promise<void> {
  const agent = agentNamed(job.agent);
  if (!agent) return endJob(jobs, job.id, { state: 'failed', exitCode: null, ...unknown(job) });
  const folder = folderOf(jobs.paths.jobs, job.id);
  let identity: Identity;
  try {
    const run = runOf(job, remainingUsd(jobs, job));
    if (run.held && agent.wall) run.wall = putWall(folder, agent.wall(run));
    const environment = { ...takeEnvironment(folder), ...agent.environment(run) };
    const command = findBinary(agent.binary, environment.PATH ?? '');
    if (!command) throw missing(agent, environment.PATH);
    identity = await jobs.supervisors.take({ command, args: agent.args(run), cwd: job.cwd, environment });
  } catch (error) {
    endJob(jobs, job.id, { state: 'failed', exitCode: null, ...failureOf(error, agent) });
    return;
  }
  failpoint('process-known');
  try {
    jobs.store.jobs.running(job.id, identity, Date.now(), uptimeMs());
  } catch (error) {
    jobs.supervisors.dismiss(identity);
    throw error;
  }
  failpoint('identity-recorded');
  jobs.supervisors.begin(identity, markerOf(job));
  failpoint('job-begun');
  jobs.log.info({ job: job.id, pid: identity.pid }, 'job started');
  forgetEnvironment(folder);
  failpoint('environment-forgotten');
  follow(jobs, job.id);
}

/** A job that another release accepted. */
const unknown = ({ agent }: Job): { errorCode: ErrorCode; errorMessage: string } => {
  const message = 'this release of qantara does not know the agent.';
  return {
    errorCode: 'spawn_failed',
    errorMessage: describe('spawn_failed', { title: agent, binary: agent, message }),
  };
};

const missing = ({ title, binary, install }: Agent, path = ''): QantaraError =>
  new QantaraError('agent_not_installed', { title, binary, install, path });

function failureOf(error: unknown, agent: Agent): { errorCode: ErrorCode; errorMessage: string } {
  const known =
    error instanceof QantaraError
      ? error
      : new QantaraError('spawn_failed', { title: agent.title, binary: agent.binary, message: wordsOf(error) }, error);
  return { errorCode: known.code, errorMessage: known.message };
}
