import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { QantaraError, wordsOf } from '../../shared/errors.ts';

const noSpace = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'];
const readOnly = ['EROFS', 'SQLITE_READONLY'];
const damaged = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'];

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? '');
const isOneOf = (error: unknown, codes: readonly string[]): boolean =>
  codes.some((code) => codeOf(error) === code || codeOf(error).startsWith(`${code}_`));

/** Whether an error says that a database file is damaged, and not that it cannot be read or written now. */
export const isDamage = (error: unknown): boolean => isOneOf(error, damaged);

/** SQLite calls some writes to a full disk an I/O error. False where the file system does not tell. */
function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 256 * 1024;
  } catch {
    return false; // then the error's own words are all there is
  }
}

/**
 * What a failing disk or store means and what to do about it, as `store_failed`; undefined for every other error.
 * `path`: of the database.
 */
export function storeFailure(error: unknown, path: string): QantaraError | undefined {
  const failed = (problem: string, remedy: string) =>
    new QantaraError('store_failed', { path, problem, remedy }, error);
  const sqlite = codeOf(error).startsWith('SQLITE_');
  if (isOneOf(error, noSpace) || (sqlite && !isDamage(error) && isFull(path))) {
    return failed('its disk is full.', 'Free some space and ask again; what runs goes on.');
  }
  if (isOneOf(error, readOnly)) {
    return failed('its disk is read-only.', `Make ${dirname(path)} writable and ask again; what runs goes on.`);
  }
  if (isDamage(error)) {
    return failed(
      'it is damaged.',
      'Run `qantara daemon restart`: the file is kept aside, and the jobs are read back from their folders.',
    );
  }
  return sqlite ? failed(`${wordsOf(error)}.`, 'Ask again; `qantara daemon logs` tells more.') : undefined;
}
