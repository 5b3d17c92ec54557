import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { wordsOf } from '../../shared/errors.ts';
import { folderOf, type JobFolder } from '../runner/folder.ts';
import type { Job } from '../store/jobs.ts';
import type { Jobs } from './context.ts';

/** One page: the kernel writes it whole or not at all, whenever this process is killed. */
const pageBytes = 4096;

/**
 * What a job's row says, as the text of `job.json` in its folder: the folders alone can rebuild a store that was lost.
 * It holds nothing that the row does not hold. Written when the job is accepted, has ended and was delivered. Filled up
 * with spaces to whole pages, which the disk would hand out anyway.
 */
export function recordOf(job: Job): string {
  const text = JSON.stringify(job);
  const spare = (Buffer.byteLength(text) + 1) % pageBytes;
  return `${text}${' '.repeat(spare === 0 ? 0 : pageBytes - spare)}\n`;
}

/** Writes a record over the one that is there; false where either is longer than a page, or there is none. */
function overwrite(path: string, text: string): boolean {
  if (Buffer.byteLength(text) !== pageBytes) return false;
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    return fstatSync(file).size === pageBytes && writeSync(file, text) === pageBytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Writes the record of a job anew, atomically. Never throws: the row is the truth, and the record only follows it. In
 * place where it can be: ext4 writes a file out that replaces another, and two of those were an eighth of an ask's time
 * (3.8 s of 30 in a profile of 300).
 */
export function keepRecord(jobs: Jobs, id: string): void {
  try {
    const job = jobs.store.jobs.get(id);
    if (!job) return;
    const { record } = folderOf(jobs.paths.jobs, id);
    const text = recordOf(job);
    if (overwrite(record, text)) return;
    writeFileSync(`${record}.tmp`, text, { mode: 0o600 });
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
