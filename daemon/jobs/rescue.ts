import { readdirSync } from 'node:fs';
import { isJobId } from '../../shared/job.ts';
import type { Paths } from '../../shared/paths.ts';
import { folderOf } from '../runner/folder.ts';
import { isDamage } from '../store/failure.ts';
import type { Job } from '../store/jobs.ts';
import { conditionOf, rebuildStore, setAside, setAsideOf } from '../store/rescue.ts';
import { createStore, type Store } from '../store/store.ts';
import { readRecord } from './record.ts';

/** The jobs of all folders that have a record, the oldest first. */
function recordedJobs(paths: Paths): Job[] {
  const jobs = readdirSync(paths.jobs)
    .filter(isJobId)
    .map((id) => ({ id, job: readRecord(folderOf(paths.jobs, id)) }))
    .flatMap(({ id, job }) => (job?.id === id ? job : []));
  return jobs.sort((a, b) => a.sequence - b.sequence);
}

/**
 * The job store, ready to use, and what the person has to know about it. Throws as `createStore` does.
 */
export function openJobStore(paths: Paths, now: number): { store: Store; rescued?: string } {
  const rescued = rescueStore(paths, now);
  try {
    return { store: createStore(paths.database), rescued };
  } catch (error) {
    // It was sealed, and is damaged all the same: the seal is broken now.
    if (!(error instanceof Error && isDamage(error.cause))) throw error;
    return { rescued: rescueStore(paths, now), store: createStore(paths.database) };
  }
}

/**
 * Before the store is opened: one that is damaged is kept aside, never deleted nor replaced in silence, and one that
 * is damaged, empty or gone is made anew of the records in the job folders. Returns what the person has to know, or
 * undefined where nothing was wrong. A death in between leaves a store that is gone, which the next start makes anew.
 *
 * Lost with a damaged store: events (output, answer and outcome are in the folders), and that a job which had not
 * ended was to be stopped.
 */
function rescueStore(paths: Paths, now: number): string | undefined {
  const condition = conditionOf(paths.database);
  if (condition === 'sound') return undefined;
  const jobs = recordedJobs(paths);
  if (condition === 'empty' && jobs.length === 0) return undefined;
  const kept = setAside(paths.database, now);
  if (condition === 'absent' && jobs.length === 0) return undefined;
  const taken = rebuildStore(paths.database, jobs);
  const what = condition === 'absent' ? 'was missing' : `was damaged and is kept as ${kept}`;
  return `The job store ${what}; ${taken} jobs were read back from their folders.`;
}

/** What the person should know about the store for as long as damaged ones lie beside it. */
export const storeNotices = (paths: Paths): string[] =>
  setAsideOf(paths.database).map(
    (kept) => `A damaged job store is kept as ${kept}. Delete it when you do not need it any more.`,
  );
