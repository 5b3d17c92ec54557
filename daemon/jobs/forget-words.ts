import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { wordsOf } from '../../shared/errors.ts';
import { folderOf } from '../runner/folder.ts';
import type { Job } from '../store/jobs.ts';
import type { Jobs } from './context.ts';
import { keepRecord } from './record.ts';

/**
 * `keep_prompts = false`: the words of a job (task, answer, activity, raw output) go once they have served. What stays
 * is what a list or a sum needs: ids, states, times, directories, usage.
 */

/** How long they stay after the result was handed over: a host may page through it, or lose it and ask again; ms. */
const servedMs = 15 * 60_000;
const everyMs = 60_000;
const atATime = 100;

/** Whether the words of a job are gone. No job is accepted with an empty task. */
export const isWordless = (job: Pick<Job, 'task'>): boolean => job.task === '';

/** Forgets the words of jobs in time, soon and then every minute, for as long as this process lives. */
export function keepNoWords(jobs: Jobs): void {
  jobs.store.overwriteDeleted();
  let first = true;
  const look = (): void => {
    if (jobs.closing) return;
    try {
      const forgotten = forgetWords(jobs, Date.now() - servedMs);
      // Before this start words may have been kept, and then rows that grew have left copies behind.
      if (first && forgotten.length > 0) jobs.store.rewrite();
      if (forgotten.length > 0) jobs.store.forgetJournal();
      first = false;
    } catch (error) {
      jobs.log.error({ error: wordsOf(error) }, 'the words of jobs could not be removed');
    }
  };
  setInterval(look, everyMs).unref();
  setImmediate(look);
}

/**
 * Removes the words of every job that ended and was read before `before` (ms since the epoch), and returns their ids.
 * The folder first: a row that still has words is looked at again.
 */
function forgetWords(jobs: Jobs, before: number): string[] {
  const forgotten: string[] = [];
  for (;;) {
    const some = jobs.store.jobs.withWords(before, atATime);
    for (const id of some) {
      const folder = folderOf(jobs.paths.jobs, id);
      for (const name of filesIn(folder.dir)) rmSync(join(folder.dir, name), { force: true });
      jobs.store.together(() => {
        jobs.store.events.remove(id);
        jobs.store.jobs.forgetWords(id);
      });
      keepRecord(jobs, id);
      forgotten.push(id);
    }
    if (some.length < atATime) return forgotten;
  }
}

function filesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // somebody has removed it
  }
}
