import { wordsOf } from '../../shared/errors.ts';
import { failpoint } from '../failpoint.ts';
import type { Full, Job, Place } from '../store/jobs.ts';
import { type Jobs, uptimeMs } from './context.ts';
import { later } from './retry.ts';
import { startJob } from './start.ts';
import { takeOver } from './take-over.ts';
import { changed } from './wait.ts';

/**
 * Starts queued jobs while there is a place for one. Called whenever a job is accepted or ends, and once all jobs of an
 * earlier daemon are taken over; nothing starts before that. Never throws: what was accepted or has ended stays so, and
 * a store that fails is tried again.
 */
export function schedule(jobs: Jobs, failures = 0): void {
  try {
    while (!jobs.closing && !jobs.recovering && startNext(jobs)) failures = 0;
  } catch (error) {
    jobs.log.error({ error: wordsOf(error) }, 'jobs could not be scheduled');
    later(jobs, failures, () => schedule(jobs, failures + 1));
  }
}

/** Starts the job that is next; false where none may start. */
function startNext(jobs: Jobs): boolean {
  const full = fullOf(jobs);
  const job = full && nextOf(jobs, full);
  if (!job) return false;
  jobs.store.jobs.starting(job.id, uptimeMs());
  failpoint('state-starting');
  changed(jobs, job.id, 'state');
  startJob(jobs, job).catch((error: unknown) => {
    jobs.log.error({ job: job.id, error: wordsOf(error) }, 'job could not be started');
    later(jobs, 0, () => {
      takeOver(jobs, job.id);
      schedule(jobs);
    });
  });
  return true;
}

/**
 * The job that is next: of the caller with the fewest running, then of the one that was served longest ago, so that a
 * long queue of one host holds no other up; then the oldest.
 */
export function nextOf({ store, served }: Pick<Jobs, 'store' | 'served'>, full: Full): Job | undefined {
  const candidates = store.jobs.candidates(full);
  const turn = (job: Job): number => served.get(job.caller) ?? 0;
  const [next] = candidates.sort((a, b) => a.busy - b.busy || turn(a) - turn(b) || a.sequence - b.sequence);
  // Whoever has nothing to wait for is forgotten, and comes first when it asks again.
  const last = Math.max(0, ...served.values());
  for (const caller of served.keys()) if (!candidates.some((job) => job.caller === caller)) served.delete(caller);
  if (next) served.set(next.caller, last + 1);
  return next;
}

/** What has reached its own limit; undefined when the total is reached. */
function fullOf({ store, limits }: Jobs): Full | undefined {
  const held = store.jobs.placesHeld();
  if (held.length >= limits.total) return undefined;
  const full = (by: keyof Place, most: (name: string) => number | undefined): string[] => {
    const names = held.map((place) => place[by]);
    return [...new Set(names)].filter((name) => names.filter((one) => one === name).length >= (most(name) ?? Infinity));
  };
  return {
    agents: full('agent', (name) => limits.agents[name]),
    hosts: full('host', () => limits.perHost),
    trees: full('tree', () => limits.perTree),
  };
}
