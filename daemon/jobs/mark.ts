import { wordsOf } from '../../shared/errors.ts';
import type { Job } from '../store/jobs.ts';
import type { Jobs } from './context.ts';
import { keepRecord } from './record.ts';
import { isPassing, later } from './retry.ts';

/** Does what is only to be noted. A store that fails now must not keep a caller from an answer that is there. */
function note(jobs: Jobs, id: string, act: () => void, failures = 0): void {
  try {
    act();
  } catch (error) {
    if (!isPassing(error)) throw error;
    if (failures === 0) jobs.log.warn({ job: id, error: wordsOf(error) }, 'could not be noted now; it will be');
    later(jobs, failures, () => note(jobs, id, act, failures + 1));
  }
}

/** Notes that the caller has got the result: it is not announced any more. Once: later looks at it write nothing. */
export function markDelivered(jobs: Jobs, { id, deliveredAt }: Pick<Job, 'id' | 'deliveredAt'>): void {
  if (deliveredAt !== null) return;
  note(jobs, id, () => {
    if (jobs.store.jobs.delivered(id, Date.now())) keepRecord(jobs, id);
  });
}

/** Notes that no open call waits for the job any more: its end is announced. */
export const markBackground = (jobs: Jobs, id: string): void => note(jobs, id, () => jobs.store.jobs.background(id));
