import { wordsOf } from '../../shared/errors.ts';
import type { Jobs } from './context.ts';
import { keepNoWords } from './forget-words.ts';
import { forgetJob } from './remove.ts';

/** What is kept of ended jobs. */
export interface Retention {
  /** ms since its end. */
  maxAgeMs: number;
  /** Of all job folders together. */
  maxBytes: number;
  /** Whether the words of a job stay as long as the job. */
  keepPrompts: boolean;
}

/** How long what was spent is known after the last time it grew: for resumed sessions, days and conversations. */
const spendingMs = 366 * 86_400_000;
/** Not at once: whoever started the daemon waits for its first answer; ms. */
const soonMs = 1_000;
const everyMs = 3_600_000;
const atATime = 500;

/** Removes what retention does not keep, soon and then every hour, for as long as this process lives. */
export function keepTidy(jobs: Jobs, retention: Retention): void {
  if (!retention.keepPrompts) keepNoWords(jobs);
  const tidy = (): void => {
    if (jobs.closing) return;
    try {
      prune(jobs, retention, Date.now());
      jobs.store.spending.forget(Date.now() - spendingMs);
    } catch (error) {
      jobs.log.error({ error: wordsOf(error) }, 'old jobs could not be removed');
    }
  };
  setInterval(tidy, everyMs).unref();
  setTimeout(tidy, soonMs).unref();
}

/** What may go, the first ended first. A few at a time, each removed before the next: a store may hold a million. */
function* oldest({ store }: Jobs): Generator<ReturnType<Jobs['store']['jobs']['removable']>[number]> {
  for (;;) {
    const some = store.jobs.removable(atATime);
    yield* some;
    if (some.length < atATime) return;
  }
}

/**
 * Removes ended jobs that are too old, then the oldest until the folders are small enough. A running job and one
 * whose result nobody has read are never touched. Returns the ids that were removed.
 */
export function prune(
  jobs: Jobs,
  { maxAgeMs, maxBytes }: Pick<Retention, 'maxAgeMs' | 'maxBytes'>,
  now: number,
): string[] {
  const removed: string[] = [];
  let total = jobs.store.jobs.diskBytes();
  for (const { id, endedAt, diskBytes } of oldest(jobs)) {
    if (endedAt > now - maxAgeMs && total <= maxBytes) break;
    forgetJob(jobs, id);
    total -= diskBytes;
    removed.push(id);
  }
  if (removed.length > 0) jobs.log.info({ jobs: removed.length }, 'old jobs removed');
  return removed;
}
