import { isTerminal } from '../../shared/job.ts';
import type { Job } from '../store/jobs.ts';
import type { Change, Jobs } from './context.ts';

/** Tells everybody who watches the job what is new about it. Call it once the store has taken it. */
export function changed(jobs: Jobs, id: string, change: Change): void {
  for (const tell of [...(jobs.watchers.get(id) ?? [])]) tell(change);
}

/** Calls `onChange`, which must not throw, at each change of the job until the returned function is called. */
export function watch(jobs: Jobs, id: string, onChange: (change: Change) => void): () => void {
  const watchers = jobs.watchers.get(id) ?? new Set();
  jobs.watchers.set(id, watchers.add(onChange));
  return () => {
    watchers.delete(onChange);
    if (watchers.size === 0 && jobs.watchers.get(id) === watchers) jobs.watchers.delete(id);
  };
}

/**
 * Resolves at the next change of the job that `wanted` names, after `limitMs`, or when `signal` aborts. What changed
 * between a look at the job and this call is not waited for: await nothing in between, or look again.
 */
export async function nextChange(
  jobs: Jobs,
  id: string,
  { wanted, limitMs, signal }: { wanted?: readonly Change[]; limitMs?: number; signal?: AbortSignal },
): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      unwatch();
      resolve();
    };
    const unwatch = watch(jobs, id, (change) => {
      if (!wanted || wanted.includes(change)) finish();
    });
    // A timer of more than 2^31 ms would fire at once.
    const timer = limitMs === undefined ? undefined : setTimeout(finish, Math.min(limitMs, 2_147_483_647));
    signal?.addEventListener('abort', finish, { once: true });
  });
}

/**
 * Waits until the job ends, `limitMs` has passed or `signal` aborts, whichever is first, and returns the job as it
 * is then: look at its state. Giving up never touches the job.
 */
export async function waitFor(jobs: Jobs, id: string, limitMs: number, signal?: AbortSignal): Promise<Job> {
  const job = jobs.store.jobs.get(id) as Job;
  if (isTerminal(job.state) || limitMs <= 0) return job;
  await nextChange(jobs, id, { wanted: ['ended'], limitMs, signal });
  return jobs.store.jobs.get(id) as Job;
}
