import type { AgentEvent } from '../../shared/events.ts';
import type { Db } from './open.ts';

/** An event as it is stored: its number, from 1, and when it was taken up, in ms since the epoch. */
export interface Stored {
  seq: number;
  at: number;
  event: AgentEvent;
}

/** A file that a job has changed; the last change counts. */
export type Changed = Pick<Extract<AgentEvent, { type: 'file' }>, 'path' | 'change'>;

/** At these many events a row ends, and a page with the row that reaches them. */
const mostEvents = 256;
/** Characters; a row ends with the event that passes them, a page with the row. */
const mostLength = 64 * 1024;

interface Row {
  /** The number of the last event in it. */
  last: number;
  at: number;
  bodies: string;
}

const storedIn = ({ last, at, bodies }: Row): Stored[] => {
  const events = JSON.parse(bodies) as AgentEvent[];
  return events.map((event, index) => ({ seq: last - events.length + 1 + index, at, event }));
};

/** The statements on `events`, prepared once. */
export function eventStatements(db: Db) {
  const insert = db.prepare('insert into events (job, last, at, bodies) values (?, ?, ?, ?)');
  const last = db.prepare<[string], { last: number }>(
    'select coalesce(max(last), 0) as last from events where job = ?',
  );
  const rows = db.prepare<[string, number], Row>(
    'select last, at, bodies from events where job = ? and last > ? order by last',
  );
  const remove = db.prepare('delete from events where job = ?');
  const changes = db.prepare<[string], Changed>(
    `select value ->> 'path' as path, value ->> 'change' as change from events, json_each(bodies)
     where job = ? and value ->> 'type' = 'file' order by last, key`,
  );
  const lastOf = (job: string): number => (last.get(job) as { last: number }).last;

  return {
    /**
     * Appends events with consecutive numbers, those that come together as one row: a row for each was a third of the
     * time of a large ingest. Call it in the transaction that moves the output offset. `after`: the number of the job's
     * last event, where that is known. Returns the new one.
     */
    append(job: string, events: Iterable<AgentEvent>, at: number, after = lastOf(job)): number {
      let seq = after;
      let bodies: string[] = [];
      let length = 0;
      const flush = (): void => {
        seq += bodies.length;
        insert.run(job, seq, at, `[${bodies.join(',')}]`);
        bodies = [];
        length = 0;
      };
      for (const event of events) {
        const body = JSON.stringify(event);
        length += body.length;
        if (bodies.push(body) === mostEvents || length > mostLength) flush();
      }
      if (bodies.length > 0) flush();
      return seq;
    },
    /** Every event of a job in order, a row at a time. */
    *of(job: string): Generator<AgentEvent> {
      for (const row of rows.iterate(job, 0)) yield* JSON.parse(row.bodies) as AgentEvent[];
    },
    /** The number of the last event; 0 where there is none. */
    last: lastOf,
    /** The events after number `after`, as many as are fit to be held at once; empty at the end. */
    page(job: string, after: number): Stored[] {
      const page: Stored[] = [];
      let length = 0;
      for (const row of rows.iterate(job, after)) {
        page.push(...storedIn(row).filter(({ seq }) => seq > after));
        length += row.bodies.length;
        if (page.length >= mostEvents || length > mostLength) break;
      }
      return page;
    },
    remove: (job: string): void => void remove.run(job),
    /** The files that a job has changed, in the order of their first change, at most `most`. */
    files(job: string, most: number): Changed[] {
      const files = new Map<string, Changed>();
      for (const change of changes.iterate(job)) {
        if (files.size < most || files.has(change.path)) files.set(change.path, change);
      }
      return [...files.values()];
    },
  };
}
