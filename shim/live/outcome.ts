import { duration } from '../../shared/format.ts';
import type { JobState } from '../../shared/job.ts';
import type { JobRow } from '../../shared/wire.ts';

const codes: Partial<Record<JobState, number>> = { succeeded: 0, timed_out: 3, cancelled: 4 };

/** The exit code for how a job ended; a failed or lost one is 1. */
export const exitCodeFor = (state: JobState): number => codes[state] ?? 1;

export const stateWords = (state: JobState): string => state.replace('_', ' ');

/** `12.3k`: a number of tokens, short. */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** Tokens and cost, as far as they are known; `~` marks a cost that was computed of the owner's prices. */
export function spent({ usage: { inputTokens, outputTokens, costUsd, estimated } }: Pick<JobRow, 'usage'>): string[] {
  const told = inputTokens !== undefined || outputTokens !== undefined;
  return [
    ...(told ? [`${inputTokens ?? 0} tokens in, ${outputTokens ?? 0} out`] : []),
    ...(costUsd !== undefined ? [`${estimated ? '~' : ''}$${costUsd.toFixed(4)}`] : []),
  ];
}

/** ms that a job ran or has been running. */
export const ranMs = (job: JobRow, now: number): number =>
  job.startedAt === null ? 0 : Math.max(0, (job.endedAt ?? now) - job.startedAt);

/** One line on an ended job: what one needs to follow up. Not yet safe for a terminal. */
export const footer = (job: JobRow): string =>
  [
    job.id,
    stateWords(job.state),
    duration(ranMs(job, Date.now())),
    ...(job.sessionId ? [`session ${job.sessionId}`] : []),
    ...spent(job),
  ].join(' · ');
