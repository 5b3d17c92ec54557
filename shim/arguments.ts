import { InvalidArgumentError } from 'commander';

/** Readers for the values of options and arguments. Each throws commander's `InvalidArgumentError` with what is allowed. */

const mostRows = 10_000;

/** How many rows a list has at most. */
export function readLimit(text: string): number {
  const limit = Number(text);
  if (/^\d{1,6}$/.test(text) && limit >= 1 && limit <= mostRows) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${mostRows}.`);
}

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A point in time as ms since the epoch: how long ago (`90s`, `30m`, `2h`, `7d`, `4w`), or a date (`2026-11-25`, with `T10:30` if wanted; local time). */
export function readSince(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return Date.now() - Number(count) * (unitMs[unit] as number);
  const [, day, time = 'T00:00'] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const at = day === undefined ? Number.NaN : new Date(day + time).getTime();
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError('It must be how long ago (30m, 2h, 7d) or a date (2026-11-25, 2026-11-25T10:30).');
}
