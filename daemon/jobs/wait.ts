import { isTerminal } from '../../shared/job.ts';
import type { Job } from '../store/jobs.ts';
import type { Jobs } from './context.ts';

/** Wakes everybody who waits for the job. */
export function wake(jobs: Jobs, id: string): void {
  const resolvers = jobs.waiters.get(id);
  jobs.waiters.delete(id);
  for (const resolve of resolvers ?? []) resolve();
}

/**
 * Waits until the job ends, `limitMs` has passed or `signal` aborts, whichever is first, and returns the job as it
 * is then: look at its state. Giving up never touches the job.
 */
export async function waitFor(jobs: Jobs, id: string, limitMs: number, signal?: AbortSignal): Promise<Job> {
  const job = jobs.store.jobs.get(id) as Job;
  if (isTerminal(job.state) || limitMs <= 0 || signal?.aborted) return job;
  await new Promise<void>((resolve) => {
    const resolvers = jobs.waiters.get(id) ?? new Set();
    jobs.waiters.set(id, resolvers);
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolvers.delete(finish);
      resolve();
    };
    // A timer of more than 2^31 ms would fire at once.
    const timer = setTimeout(finish, Math.min(limitMs, 2_147_483_647));
    signal?.addEventListener('abort', finish, { once: true });
    resolvers.add(finish);
  });
  return jobs.store.jobs.get(id) as Job;
}
