import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { wordsOf } from '../../shared/errors.ts';
import { isJobId } from '../../shared/job.ts';
import { failpoint } from '../failpoint.ts';
import { folderOf, forgetEnvironment, readPid } from '../runner/folder.ts';
import type { Jobs } from './context.ts';
import { schedule } from './schedule.ts';
import { takeOver } from './take-over.ts';

/** How long others wait while jobs are taken over; ms. */
const sliceMs = 5;

/**
 * Takes over every job that an earlier daemon left unfinished, and then starts what may start. A thousand jobs take
 * half a second, in which the daemon already listens and says how it is (after 0.5 s instead of 1.2): nothing is started
 * before all are taken over, and whatever concerns jobs waits for `jobs.recovering`. Rejects when the store fails; then
 * nothing that waits goes on.
 */
export async function recover(jobs: Jobs): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  jobs.recovering = promise;
  await takeOverAll(jobs);
  jobs.recovering = undefined;
  resolve();
  schedule(jobs);
  forgetLeftovers(jobs).catch((error: unknown) => {
    jobs.log.error({ error: wordsOf(error) }, 'left environments could not be looked for');
  });
}

async function takeOverAll(jobs: Jobs): Promise<void> {
  failpoint('recovering');
  const left = jobs.store.jobs.unfinishedIds();
  jobs.store.together(() => {
    // Whoever waited for it is gone; a shim that asks again for it attaches by its key.
    for (const id of left) jobs.store.jobs.background(id);
  });
  let began = performance.now();
  for (const id of left) {
    takeOver(jobs, id);
    failpoint('job-taken-over');
    if (performance.now() - began < sliceMs) continue;
    await new Promise(setImmediate);
    if (jobs.closing) return;
    began = performance.now();
  }
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
  const state = jobs.store.jobs.stateOf(name);
  if (state === 'queued' || state === 'starting') return;
  forgetEnvironment(folder);
  // Where an agent did run, the store has forgotten about it: that is not ours to delete.
  if (!state && isJobId(name) && readPid(folder) === undefined) rmSync(folder.dir, { recursive: true });
}
