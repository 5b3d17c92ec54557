import { wordsOf } from '../../shared/errors.ts';
import type { Jobs } from './context.ts';
import { startJob } from './start.ts';

/** Starts queued jobs while there is a place for one. Called whenever a job is accepted or ends. */
export function schedule(jobs: Jobs): void {
  while (!jobs.closing) {
    const full = fullAgents(jobs);
    const job = full && jobs.store.jobs.next(full);
    if (!job) return;
    jobs.store.jobs.starting(job.id);
    startJob(jobs, job).catch((error: unknown) => {
      jobs.log.error({ job: job.id, error: wordsOf(error) }, 'job could not be started');
    });
  }
}

/** The agents that have reached their own limit; undefined when the total is reached. */
function fullAgents({ store, limits }: Jobs): string[] | undefined {
  const held = store.jobs.placesHeld();
  const total = [...held.values()].reduce((sum, count) => sum + count, 0);
  if (total >= limits.total) return undefined;
  return Object.keys(limits.agents).filter((agent) => (held.get(agent) ?? 0) >= (limits.agents[agent] as number));
}
