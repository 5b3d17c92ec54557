import { wordsOf } from '../../shared/errors.ts';
import { failpoint } from '../failpoint.ts';
import type { Jobs } from './context.ts';
import { later } from './retry.ts';
import { startJob } from './start.ts';
import { takeOver } from './take-over.ts';

/**
 * Starts queued jobs while there is a place for one. Called whenever a job is accepted or ends. Never throws: what
 * was accepted or has ended stays so, and a store that fails is tried again.
 */
export function schedule(jobs: Jobs, failures = 0): void {
  try {
    while (!jobs.closing && startNext(jobs)) failures = 0;
  } catch (error) {
    jobs.log.error({ error: wordsOf(error) }, 'jobs could not be scheduled');
    later(jobs, failures, () => schedule(jobs, failures + 1));
  }
}

/** Starts the job that is next; false where none may start. */
function startNext(jobs: Jobs): boolean {
  const full = fullAgents(jobs);
  const job = full && jobs.store.jobs.next(full);
  if (!job) return false;
  jobs.store.jobs.starting(job.id);
  failpoint('state-starting');
  startJob(jobs, job).catch((error: unknown) => {
    jobs.log.error({ job: job.id, error: wordsOf(error) }, 'job could not be started');
    later(jobs, 0, () => {
      takeOver(jobs, job.id);
      schedule(jobs);
    });
  });
  return true;
}

/** The agents that have reached their own limit; undefined when the total is reached. */
function fullAgents({ store, limits }: Jobs): string[] | undefined {
  const held = store.jobs.placesHeld();
  const total = [...held.values()].reduce((sum, count) => sum + count, 0);
  if (total >= limits.total) return undefined;
  return Object.keys(limits.agents).filter((agent) => (held.get(agent) ?? 0) >= (limits.agents[agent] as number));
}
