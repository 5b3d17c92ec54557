import { agentNamed } from '../../shared/agents/index.ts';
import { actionsOf } from '../../shared/events.ts';
import { duration, oneLine } from '../../shared/format.ts';
import { isTerminal } from '../../shared/job.ts';
import { spentWords, usageOf } from '../budget/usage.ts';
import { type Part, readAnswer } from '../jobs/answer.ts';
import { type Jobs, uptimeMs } from '../jobs/context.ts';
import { isWordless } from '../jobs/forget-words.ts';
import { folderOf } from '../runner/folder.ts';
import type { Job, Unread } from '../store/jobs.ts';
import { levelOf } from '../terms.ts';

/** An MCP tool result. Text only: Claude Code and Codex show structured content instead of the text, Gemini never. */
export interface Reply {
  content: { type: 'text'; text: string }[];
  isError?: true;
  _meta?: Record<string, unknown>;
  [key: string]: unknown;
}

export const reply = (text: string, meta?: Record<string, unknown>): Reply => ({
  content: [{ type: 'text', text }],
  ...(meta && { _meta: meta }),
});
export const failure = (text: string, meta?: Record<string, unknown>): Reply => ({
  ...reply(text, meta),
  isError: true,
});

const outcomes: Partial<Record<Job['state'], string>> = { timed_out: 'timed out' };
const outcomeOf = (job: Pick<Job, 'state'>): string => outcomes[job.state] ?? job.state;

/** ms that a job ran or runs; 0 before it starts. Monotonic while it runs. */
export const elapsedMs = (job: Job): number => {
  if (job.startedAt === null) return 0;
  if (job.endedAt !== null) return Math.max(0, job.endedAt - job.startedAt);
  return Math.max(0, uptimeMs() - (job.startedUptimeMs ?? uptimeMs()));
};

/** For the footer, where it is less than the registration alone would give. */
function heldWords(job: Job): string[] {
  const { holds, heldBy } = levelOf(job);
  return heldBy === null ? [] : [`${job.mode} (${holds}), held by ${heldBy}`];
}

/** The last line of a result: what a caller needs to follow up. */
const footer = (job: Job): string =>
  `[qantara] ${[
    `job ${job.id}`,
    outcomeOf(job),
    duration(elapsedMs(job)),
    ...(job.sessionId ? [`session ${job.sessionId}`] : []),
    ...spentWords(job),
    ...heldWords(job),
  ].join(' · ')}`;

const metaOf = (job: Job) => ({
  'qantara/job': {
    id: job.id,
    agent: job.agent,
    state: job.state,
    sessionId: job.sessionId,
    exitCode: job.exitCode,
    errorCode: job.errorCode,
    elapsedMs: elapsedMs(job),
    mode: job.mode,
    ...levelOf(job),
    cwd: job.cwd,
    usage: usageOf(job),
  },
});

const cutMark = (job: Job, part: Part): string =>
  part.next < part.total
    ? `\n\n[qantara] cut: ${part.next} of ${part.total} bytes shown. Read on with check_job, job_id "${job.id}", offset ${part.next}.`
    : '';

const notKept = 'Its words are not kept: they went some time after the result was read (keep_prompts = false).';

/** The result of an ended job, from byte `offset` of its answer on. */
export function resultOf(jobs: Jobs, job: Job, maxBytes: number, offset = 0): Reply {
  if (isWordless(job)) return reply(`${notKept}\n\n${footer(job)}`, metaOf(job));
  const part = readAnswer(folderOf(jobs.paths.jobs, job.id), offset, maxBytes);
  const answer = part.text + cutMark(job, part);
  if (job.state === 'succeeded') {
    return reply(`${answer || '(the agent ended without a word)'}\n\n${footer(job)}`, metaOf(job));
  }
  const what = job.state === 'cancelled' ? `Job ${job.id} was cancelled.` : (job.errorMessage ?? outcomeOf(job));
  const partial = answer ? `\n\nWhat it said before:\n${answer}` : '';
  const text = `${what}${partial}\n\n${footer(job)}`;
  return job.state === 'cancelled' ? reply(text, metaOf(job)) : failure(text, metaOf(job));
}

/** One line on what a job does now. */
export function activityOf(jobs: Jobs, job: Job): string {
  if (isTerminal(job.state)) return outcomeOf(job);
  if (job.state === 'queued') return `queued, ${jobs.store.jobs.ahead(job)} ahead of it`;
  const summary = jobs.live.get(job.id)?.summary;
  const latest = summary && actionsOf(summary).at(-1);
  const action = latest ? `: ${latest}` : '';
  return `${summary?.phase ?? 'starting'}${action} (${duration(elapsedMs(job))})`;
}

/** What a job did before what it does now, a line each. */
function earlierActions(jobs: Jobs, job: Job): string {
  const summary = jobs.live.get(job.id)?.summary;
  const earlier = summary ? actionsOf(summary).slice(0, -1) : [];
  return earlier.length ? `Before that:\n${earlier.map((action) => `- ${action}`).join('\n')}\n` : '';
}

/** Says that a job goes on and what to call next. */
export function stillRunning(jobs: Jobs, job: Job, why: string): Reply {
  const title = agentNamed(job.agent)?.title ?? job.agent;
  const spent = spentWords(job).join(' · ');
  const so = spent && `, so far ${spent}`;
  const text = `${why} ${title} is still at it: ${activityOf(jobs, job)}${so}.\n${earlierActions(jobs, job)}Call wait_job with job_id "${job.id}" for the result, check_job to look, cancel_job to stop it. Do not ask again.`;
  return reply(text, metaOf(job));
}

/** The list of jobs, newest first. */
export function listOf(jobs: Jobs, rows: readonly Job[]): Reply {
  if (rows.length === 0) return reply('You have no jobs yet.');
  const lines = rows.map((job) => {
    const unread = job.background && isTerminal(job.state) && job.deliveredAt === null ? ', unread' : '';
    return `${job.id} · ${activityOf(jobs, job)}${unread} · ${oneLine(job.task, 80)}`;
  });
  return reply(lines.join('\n'), { 'qantara/jobs': rows.map((job) => metaOf(job)['qantara/job']) });
}

/** Announces a finished background job that nobody has read. */
export function noticeOf(job: Unread, now: number): string {
  const ago = duration(Math.max(0, now - (job.endedAt ?? now)));
  const ended =
    job.state === 'succeeded' ? 'finished' : outcomeOf(job) === 'failed' ? 'failed' : `ended (${outcomeOf(job)})`;
  return `[qantara] notice: background job "${job.id}" (${job.agent}) ${ended} ${ago} ago and is unread — call check_job with job_id "${job.id}".`;
}
