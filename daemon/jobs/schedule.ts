import { wordsOf } from '../../shared/errors.ts';
import type { Jobs } from './context.ts';
import { startJob } from './start.ts';

/** Starts every queued job that may run now. Called whenever a job is accepted or ends. */
export function schedule(jobs: Jobs): void {
  if (jobs.closing) return;
  for (const job of jobs.store.jobs.startable()) {
    jobs.store.jobs.starting(job.id);
    startJob(jobs, job).catch((error: unknown) => {
      jobs.log.error({ job: job.id, error: wordsOf(error) }, 'job could not be started');
    });
  }
}
