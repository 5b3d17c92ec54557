import { InvalidArgumentError } from 'commander';
import { type JobState, jobStates } from '../../shared/job.ts';

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `90s`, `10m`, `1h30m`, `7d` in ms; a number alone is seconds. Undefined for what is none. */
export function durationOf(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^(\d{1,9}(ms|s|m|h|d|w))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h|d|w)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit as string] as number), 0);
}

/** For an option that takes a duration; ms. */
export function readDuration(text: string): number {
  const ms = durationOf(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('It must be a duration such as 90s, 10m, 1h30m or 7d.');
}

/** For an option that takes a moment: a duration ago, or a date; ms since the epoch. */
export function readMoment(text: string): number {
  const ago = durationOf(text);
  const at = ago === undefined ? Date.parse(text) : Date.now() - ago;
  if (/\d/.test(text) && Number.isFinite(at)) return Math.round(at);
  throw new InvalidArgumentError('It must be a duration ago such as 90s, 2h or 7d, or a date such as 2026-01-31.');
}

/** For an option that takes a number of jobs. */
export function readLimit(text: string): number {
  const most = 10_000;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= most) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
}

const statesFrom =
  (allowed: readonly JobState[]) =>
  (text: string, before: JobState[] = []): JobState[] => {
    const states = text.split(',').map((state) => state.trim().replace(/[ -]/g, '_'));
    if (states.every((state) => allowed.includes(state as JobState))) return [...before, ...(states as JobState[])];
    throw new InvalidArgumentError(`Allowed: ${allowed.join(', ')}.`);
  };

/** For an option that takes states of jobs, in a comma list or several times. */
export const readStates = statesFrom(jobStates);
export const readOutcomes = statesFrom(['succeeded', 'failed', 'cancelled', 'timed_out', 'lost']);
