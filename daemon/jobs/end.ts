import { describe, type ErrorCode, type ErrorData, wordsOf } from '../../shared/errors.ts';
import type { Summary } from '../../shared/events.ts';
import { duration } from '../../shared/format.ts';
import type { Outcome, StopReason } from '../../shared/job.ts';
import type { Policy } from '../../shared/policy.ts';
import { exceededBy } from '../budget/check.ts';
import { failpoint } from '../failpoint.ts';
import { bytesOf, folderOf, forgetEnvironment, tailText } from '../runner/folder.ts';
import type { ProcessEnd } from '../runner/tail.ts';
import type { Job } from '../store/jobs.ts';
import { keepAnswer } from './answer.ts';
import { agentOf, type Jobs } from './context.ts';
import { keepRecord } from './record.ts';

interface Verdict {
  state: Outcome;
  exitCode: number | null;
  errorCode?: ErrorCode;
  errorMessage?: string;
  endedAt?: number;
}

/** A folder that is in a bad way must not keep those who wait from the job's end; the next start tries again. */
function forget(jobs: Jobs, id: string): void {
  try {
    forgetEnvironment(folderOf(jobs.paths.jobs, id));
  } catch (error) {
    jobs.log.error({ job: id, error: wordsOf(error) }, 'its environment could not be removed');
  }
}

/**
 * The one place where a job ends. Once only: a second end of the same job changes nothing. Throws when the store
 * fails; the job has not ended then, and whoever attends to it tries again.
 */
export function endJob(jobs: Jobs, id: string, verdict: Verdict): void {
  // First: what is left behind by a death in between is then a job to end, not an environment that nobody knows of.
  forget(jobs, id);
  const ended = jobs.store.jobs.end(id, {
    state: verdict.state,
    exitCode: verdict.exitCode,
    errorCode: verdict.errorCode ?? null,
    errorMessage: verdict.errorMessage ?? null,
    endedAt: verdict.endedAt ?? Date.now(),
    diskBytes: bytesOf(folderOf(jobs.paths.jobs, id)),
  });
  failpoint('job-ended');
  jobs.live.delete(id);
  if (!ended) return;
  keepRecord(jobs, id);
  jobs.log.info({ job: id, state: verdict.state, exitCode: verdict.exitCode, error: verdict.errorCode }, 'job ended');
  jobs.ended(id);
}

function timeLimitWords(job: Job): ErrorData {
  const { timeoutMs, jobTimeoutMs } = JSON.parse(job.policy) as Policy;
  const limit = duration(job.timeLimitMs);
  if (job.timeLimitMs === jobTimeoutMs) return { limit, variable: 'BRIDGE_JOB_TIMEOUT_MS' };
  return { limit, variable: job.timeLimitMs === timeoutMs ? 'BRIDGE_TIMEOUT_MS' : '--timeout' };
}

/** Ends a job that never ran and is not to run any more. */
export function endUnstarted(jobs: Jobs, job: Job, reason: StopReason): void {
  if (reason !== 'timed_out') return endJob(jobs, job.id, { state: 'cancelled', exitCode: null });
  const words = { title: agentOf(job).title, cwd: job.cwd, ...timeLimitWords(job) };
  const errorMessage = describe('timed_out', words);
  endJob(jobs, job.id, { state: 'timed_out', exitCode: null, errorCode: 'timed_out', errorMessage });
}

const evidenceBytes = 64 * 1024;
const lastWords = (text: string): string => text.trim().split('\n').slice(-3).join(' ').slice(-500) || '(none)';

/**
 * The truth about a job whose process has ended. The first reason to stop it wins; then the vendor's word in the
 * stream; then what the process left on stderr. A job succeeded only if its stream says so: interrupted CLIs exit 0.
 */
function judge(jobs: Jobs, job: Job, summary: Summary, end: ProcessEnd): Verdict {
  const agent = agentOf(job);
  const code = 'code' in end ? end.code : null;
  const stopped = `${agent.title} was stopped`;
  const base = { exitCode: code, endedAt: 'endedAtMs' in end ? end.endedAtMs : undefined };
  const failed = (errorCode: ErrorCode, data: ErrorData): Verdict => ({
    ...base,
    state: errorCode === 'timed_out' || errorCode === 'lost' ? errorCode : 'failed',
    errorCode,
    errorMessage: describe(errorCode, {
      title: agent.title,
      login: agent.login,
      binary: agent.binary,
      session: job.sessionId ?? '',
      variable: `BRIDGE_${agent.settings.mode.name.toUpperCase()}`,
      cwd: job.cwd,
      ...data,
    }),
  });
  if (job.stopReason === 'cancelled') return { ...base, state: 'cancelled' };
  if (job.stopReason === 'timed_out') {
    return failed('timed_out', timeLimitWords(job));
  }
  if (job.stopReason === 'output_limit') return failed('output_limit', { limit: jobs.limits.jobBytes });
  if (job.stopReason === 'budget') return failed('budget_exceeded', { what: stopped, ...exceededBy(jobs, job) });
  if (summary.result?.ok) return { ...base, state: 'succeeded' };
  if ('lost' in end) return failed('lost', { message: end.lost });
  const folder = folderOf(jobs.paths.jobs, job.id);
  const stderr = tailText(folder.errors, evidenceBytes);
  const stdout = tailText(folder.output, evidenceBytes);
  const failure = agent.explain({ code, stderr, stdout }, summary) ?? summary.error;
  if (failure?.code === 'budget_exceeded') {
    return failed(failure.code, { what: stopped, ...exceededBy(jobs, job, failure.message) });
  }
  if (failure) {
    const retryAt = failure.retryAt ? ` (${failure.retryAt})` : '';
    return failed(failure.code, { message: failure.message, retryAt });
  }
  return failed('no_result', { exit: `exit code ${code}`, message: lastWords(stderr || stdout) });
}

/** Ends a job whose process is gone, with the whole of its output already folded into `summary`. */
export function conclude(jobs: Jobs, id: string, summary: Summary, end: ProcessEnd): void {
  const job = jobs.store.jobs.get(id) as Job;
  failpoint('agent-ended');
  keepAnswer(folderOf(jobs.paths.jobs, id), summary.answer);
  failpoint('answer-kept');
  endJob(jobs, id, judge(jobs, job, summary, end));
}
