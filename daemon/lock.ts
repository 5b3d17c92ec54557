import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { QantaraError, wordsOf } from '../shared/errors.ts';

export interface Lock {
  release(): void;
}

/**
 * Takes the single-instance lock of a state folder, or returns undefined where another daemon holds it. It is an
 * exclusive SQLite transaction, so the kernel frees it however this process dies and a stale file never blocks.
 * Throws `unsafe_home` where the file cannot be locked: another user's, no database, a read-only disk.
 */
export function takeLock(path: string): Lock | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { timeout: 0 });
    chmodSync(path, 0o600);
    db.exec('begin exclusive');
    return { release: () => db?.close() };
  } catch (error) {
    db?.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined;
    const problem = `${path} cannot be locked: ${wordsOf(error)}.`;
    const remedy = 'Make the folder writable for you, or remove that file if it is not yours.';
    throw new QantaraError('unsafe_home', { path: dirname(path), problem, remedy }, error);
  }
}
