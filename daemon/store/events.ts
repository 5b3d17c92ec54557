import type { AgentEvent } from '../../shared/events.ts';
import type { Db } from './open.ts';

/** The statements on `events`, prepared once. */
export function eventStatements(db: Db) {
  const insert = db.prepare('insert into events (job, seq, at, body) values (?, ?, ?, ?)');
  const last = db.prepare<[string], { seq: number }>('select coalesce(max(seq), 0) as seq from events where job = ?');
  const all = db.prepare<[string], { body: string }>('select body from events where job = ? order by seq');

  return {
    /** Appends events with consecutive numbers. Call it in the transaction that moves the output offset. */
    append(job: string, events: readonly AgentEvent[], at: number): void {
      let { seq } = last.get(job) as { seq: number };
      for (const event of events) insert.run(job, ++seq, at, JSON.stringify(event));
    },
    /** Every event of a job in order, one at a time. */
    *of(job: string): Generator<AgentEvent> {
      for (const row of all.iterate(job)) yield JSON.parse(row.body) as AgentEvent;
    },
  };
}
