import type { StatsGroup, StatsRow } from '../../shared/wire.ts';
import type { Db } from './open.ts';

/** What a group has in common. A day is that of the daemon's time zone. */
const groups: Record<StatsGroup, string> = {
  agent: 'agent',
  host: 'host',
  project: 'cwd',
  day: `strftime('%Y-%m-%d', created_at / 1000, 'unixepoch', 'localtime')`,
};

const sums = `count(*) as jobs,
  total(state = 'succeeded') as succeeded, total(state = 'failed') as failed, total(state = 'cancelled') as cancelled,
  total(state = 'timed_out') as timedOut, total(state = 'lost') as lost, total(ended_at is null) as unfinished,
  coalesce(sum(ended_at - started_at), 0) as ranMs, coalesce(sum(input_tokens), 0) as inputTokens,
  coalesce(sum(output_tokens), 0) as outputTokens, coalesce(sum(cached_tokens), 0) as cachedTokens,
  coalesce(sum(cost_usd), 0.0) as costUsd, total(cost_usd is null) as costUnknown`;

const columns = `created_at, agent, host, cwd, state, started_at, ended_at, input_tokens, output_tokens, cached_tokens,
  cost_usd`;
const some = `(select ${columns} from jobs indexed by jobs_sums where ended_at is not null and created_at >= @since
  union all select ${columns} from jobs indexed by jobs_unfinished where ended_at is null and created_at >= @since)`;

/** Sums over jobs, by SQLite, so that memory does not grow with their number. They change nothing. */
export function statsStatements(db: Db) {
  const total = db.prepare<[{ since: number }], StatsRow>(`select 'total' as key, ${sums} from ${some}`);
  const by = Object.fromEntries(
    Object.entries(groups).map(([group, key]) => {
      const order = group === 'day' ? 'key desc' : 'jobs desc, key';
      const text = `select ${key} as key, ${sums} from ${some} group by 1 order by ${order} limit @limit`;
      return [group, db.prepare<[{ since: number; limit: number }], StatsRow>(text)];
    }),
  );

  return {
    /** Over all jobs that were accepted at `since` (ms since the epoch) or later. */
    total: (since: number): StatsRow => total.get({ since }) as StatsRow,
    /** The same by group: the days from the last, all else from the one with the most jobs. */
    by: (group: StatsGroup, since: number, limit: number): StatsRow[] => by[group]?.all({ since, limit }) ?? [],
  };
}
