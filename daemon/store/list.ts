import type { JobState } from '../../shared/job.ts';
import { brief, type Job } from './jobs.ts';
import type { Db } from './open.ts';

/** Which jobs a list has. What is left out does not matter; times are ms since the epoch. */
export interface Filter {
  states?: readonly JobState[];
  agent?: string;
  host?: string;
  /** A directory: jobs in it or below it. */
  cwd?: string;
  /** Accepted at this time or later. */
  since?: number;
  /** Older than the job of this number: the next page. */
  before?: number;
}

/** Which ended jobs may go. */
export interface Prunable {
  /** Ended before this time, ms since the epoch. */
  endedBefore: number;
  /** How they ended; none given: however. */
  states: readonly JobState[];
  /** Also background jobs whose result nobody has read. */
  unread: boolean;
}

// Each has an index that ends in the number of the job, so that a short list is short work among 100,000 jobs.
const conditions: Record<keyof Filter, string> = {
  states: 'state in (select value from json_each(@states))',
  agent: 'agent = @agent',
  host: 'host = @host',
  // '0' is the character after '/': everything below the directory lies between the two.
  cwd: `(cwd = @cwd or (cwd > @cwd || '/' and cwd < @cwd || '0'))`,
  // Numbers grow with time, so the first bound keeps it from reading what is older. Of itself SQLite does not look for
  // it in the index of the times but walks all jobs: 100 ms of 100,000 against 0.5.
  since:
    'sequence >= (select min(sequence) from jobs indexed by jobs_by_time where created_at >= @since) and created_at >= @since',
  before: 'sequence < @before',
};

/** The statements that look for jobs on behalf of a person. They change nothing. */
export function listStatements(db: Db) {
  const nth = db.prepare<[number], Pick<Job, 'id'>>('select id from jobs order by sequence desc limit 1 offset ?');
  const numbered = db.prepare<[number], Pick<Job, 'id'>>('select id from jobs where sequence = ?');
  const prefixed = db.prepare<[string, string, number], Pick<Job, 'id'>>(
    'select id from jobs where id >= ? and id < ? order by sequence desc limit ?',
  );
  const children = db.prepare<[string], Job>(`select ${brief} from jobs where parent = ? order by sequence limit 1000`);
  const prunable = db.prepare<[Record<string, unknown>], Pick<Job, 'id' | 'diskBytes'>>(
    `select id, disk_bytes as diskBytes from jobs
     where ended_at is not null and ended_at < @endedBefore
       and (@states = '[]' or state in (select value from json_each(@states)))
       and (@unread or not (background = 1 and delivered_at is null)) order by ended_at, sequence`,
  );

  return {
    /** The newest jobs that a filter lets through, each with the beginning of its task. */
    jobs(filter: Filter, limit: number): Job[] {
      const given = Object.entries(filter).filter(([, value]) => value !== undefined) as [keyof Filter, unknown][];
      const where = given.map(([name]) => conditions[name]).join(' and ') || 'true';
      const values = { ...filter, states: JSON.stringify(filter.states ?? []), limit };
      return db
        .prepare<[Record<string, unknown>], Job>(
          `select ${brief} from jobs
           where sequence in (select sequence from jobs where ${where} order by sequence desc limit @limit)
           order by sequence desc`,
        )
        .all(values);
    },
    /** The id of the newest job, or of the one that is `back` before it. */
    newestId: (back = 0): string | undefined => nth.get(back)?.id,
    /** The id of the job with this number. */
    numbered: (sequence: number): string | undefined => numbered.get(sequence)?.id,
    /** Ids that begin with `prefix`, the newest first, at most `limit`. */
    prefixed: (prefix: string, limit: number): string[] =>
      prefixed.all(prefix, `${prefix}\u{10ffff}`, limit).map(({ id }) => id),
    /** What a job has delegated, the oldest first; at most 1,000. */
    children: (id: string): Job[] => children.all(id),
    /** Ended jobs that may go, the first ended first. */
    prunable: ({ endedBefore, states, unread }: Prunable) =>
      prunable.all({ endedBefore, states: JSON.stringify(states), unread: unread ? 1 : 0 }),
  };
}
