import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { wordsOf } from '../../shared/errors.ts';
import { folderOf, type JobFolder } from '../runner/folder.ts';
import type { Job } from '../store/jobs.ts';
import type { Jobs } from './context.ts';

/**
 * What a job's row says, as the text of `job.json` in its folder: the folders alone can rebuild a store that was lost.
 * It holds nothing that the row does not hold. Written when the job is accepted, has ended and was delivered.
 */
export const recordOf = (job: Job): string => `${JSON.stringify(job)}\n`;

/** Writes the record of a job anew, atomically. Never throws: the row is the truth, and the record only follows it. */
export function keepRecord(jobs: Jobs, id: string): void {
  try {
    const job = jobs.store.jobs.get(id);
    if (!job) return;
    const { record } = folderOf(jobs.paths.jobs, id);
    writeFileSync(`${record}.tmp`, recordOf(job), { mode: 0o600 });
    renameSync(`${record}.tmp`, record);
  } catch (error) {
    jobs.log.warn({ job: id, error: wordsOf(error) }, 'the record in the job folder could not be written');
  }
}

/** The row that a record was written from; undefined where there is none or it cannot be read. */
export function readRecord(folder: JobFolder): Job | undefined {
  try {
    return JSON.parse(readFileSync(folder.record, 'utf8')) as Job;
  } catch {
    return undefined; // one job that cannot be rebuilt; its folder stays
  }
}
