import type { Agent, Reasoning, Run, Thinking } from '../../shared/agents/agent.ts';
import { type ErrorCode, QantaraError, wordsOf } from '../../shared/errors.ts';
import { failpoint } from '../failpoint.ts';
import { folderOf, forgetEnvironment, takeEnvironment } from '../runner/folder.ts';
import { findBinary, spawnJob } from '../runner/spawn.ts';
import type { Job } from '../store/jobs.ts';
import { agentOf, type Jobs, uptimeMs } from './context.ts';
import { endJob } from './end.ts';
import { follow } from './follow.ts';

/** The run that a job's row describes. The prompt stays in the job folder, where the CLI reads it on stdin. */
const runOf = (job: Job): Run => ({
  prompt: '',
  cwd: job.cwd,
  mode: job.mode,
  sessionId: job.sessionId ?? undefined,
  model: job.model ?? undefined,
  reasoning: (job.reasoning as Reasoning | null) ?? undefined,
  thinking: (job.thinking as Thinking | null) ?? undefined,
});

/** Starts a job that is `starting`, records the process, and follows it. A failed start ends the job. */
export async function startJob(jobs: Jobs, job: Job): Promise<void> {
  const agent = agentOf(job);
  const folder = folderOf(jobs.paths.jobs, job.id);
  try {
    const run = runOf(job);
    const environment = { ...takeEnvironment(folder), ...agent.environment(run) };
    const command = findBinary(agent.binary, environment.PATH ?? '', job.cwd);
    if (!command) throw missing(agent, environment.PATH);
    const identity = await spawnJob(folder, { command, args: agent.args(run), cwd: job.cwd, environment });
    failpoint('process-known');
    jobs.store.jobs.running(job.id, identity, Date.now(), uptimeMs());
    failpoint('identity-recorded');
    forgetEnvironment(folder);
    failpoint('environment-forgotten');
    jobs.log.info({ job: job.id, pid: identity.pid }, 'job started');
  } catch (error) {
    endJob(jobs, job.id, { state: 'failed', exitCode: null, ...failureOf(error, agent) });
    return;
  }
  follow(jobs, job.id);
}

const missing = ({ title, binary, install }: Agent, path = ''): QantaraError =>
  new QantaraError('agent_not_installed', { title, binary, install, path });

function failureOf(error: unknown, agent: Agent): { errorCode: ErrorCode; errorMessage: string } {
  const known =
    error instanceof QantaraError
      ? error
      : new QantaraError('spawn_failed', { title: agent.title, binary: agent.binary, message: wordsOf(error) }, error);
  return { errorCode: known.code, errorMessage: known.message };
}
