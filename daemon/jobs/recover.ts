import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { wordsOf } from '../../shared/errors.ts';
import { isJobId } from '../../shared/job.ts';
import { failpoint } from '../failpoint.ts';
import { folderOf, forgetEnvironment, readPid } from '../runner/folder.ts';
import type { Jobs } from './context.ts';
import { schedule } from './schedule.ts';
import { takeOver } from './take-over.ts';

/** Takes over every job that an earlier daemon left unfinished, and starts what may start. Throws when the store fails. */
export function recover(jobs: Jobs): void {
  failpoint('recovering');
  const left = jobs.store.jobs.unfinished();
  jobs.store.together(() => {
    // Whoever waited for it is gone; a shim that asks again for it attaches by its key.
    for (const job of left) jobs.store.jobs.background(job.id);
  });
  for (const job of left) {
    takeOver(jobs, job.id);
    failpoint('job-taken-over');
  }
  schedule(jobs);
  forgetLeftovers(jobs).catch((error: unknown) => {
    jobs.log.error({ error: wordsOf(error) }, 'left environments could not be looked for');
  });
}

/**
 * Removes what a dead daemon left of asks that were never accepted, and the environments of jobs that need theirs no
 * more. Goes through all folders, so it is done on the side.
 */
async function forgetLeftovers(jobs: Jobs): Promise<void> {
  for (const name of await readdir(jobs.paths.jobs)) {
    if (jobs.closing) return;
    try {
      forgetLeftover(jobs, name);
    } catch (error) {
      jobs.log.warn({ folder: name, error: wordsOf(error) }, 'what is left in a job folder could not be removed');
    }
    await new Promise(setImmediate);
  }
}

function forgetLeftover(jobs: Jobs, name: string): void {
  const folder = folderOf(jobs.paths.jobs, name);
  const state = jobs.store.jobs.get(name)?.state;
  if (state === 'queued' || state === 'starting') return;
  forgetEnvironment(folder);
  // Where an agent did run, the store has forgotten about it: that is not ours to delete.
  if (!state && isJobId(name) && readPid(folder) === undefined) rmSync(folder.dir, { recursive: true });
}
