import { isTerminal } from '../../shared/job.ts';
import type { Stored } from '../store/events.ts';
import type { Job } from '../store/jobs.ts';
import type { Jobs } from './context.ts';
import { nextChange } from './wait.ts';

/** What a follower of a job gets: the job in its present state, and what its agent did. */
export type News = { job: Job } | { events: Stored[] };

export interface FeedOptions {
  /** Number of the last event that is known already. */
  after: number;
  /** Go on until the job has ended; else stop with what there is. */
  follow: boolean;
  signal: AbortSignal;
}

/**
 * The news of a job in order: its state first and at every change, its events in pages as they are stored, and its
 * state last. It holds one page, and nothing is read while the taker is busy, so a slow or dead taker costs nothing.
 */
export async function* feed(jobs: Jobs, id: string, { after, follow, signal }: FeedOptions): AsyncGenerator<News> {
  let seq = after;
  let told = '';
  while (!signal.aborted) {
    const job = jobs.store.jobs.get(id);
    if (!job) return; // removed meanwhile
    const ended = isTerminal(job.state);
    const state = `${job.state} ${job.sessionId}`;
    if (state !== told && !ended) {
      told = state;
      yield { job };
      continue;
    }
    const events = jobs.store.events.page(id, seq);
    seq = events.at(-1)?.seq ?? seq;
    if (events.length > 0) yield { events };
    else if (ended) return yield { job };
    else if (!follow) return;
    else await nextChange(jobs, id, { signal });
  }
}
