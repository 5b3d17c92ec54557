import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';
import { QantaraError, wordsOf } from '../../shared/errors.ts';
import { migrations } from './migrations.ts';

export type Db = Database.Database;

/**
 * Opens the job store and brings its schema up to date, each step in one transaction: a crash leaves the old or the
 * new schema. WAL with `synchronous = normal`: a committed row survives the death of this process, not power loss.
 * Throws `store_failed` for a file that is no database, is damaged, or is of a newer release.
 */
export function openStore(path: string): Db {
  try {
    const db = new Database(path);
    chmodSync(path, 0o600);
    db.pragma('journal_mode = wal');
    // better-sqlite3 reports FULL after switching to WAL until the first write, so it is said explicitly.
    db.pragma('synchronous = normal');
    db.pragma('foreign_keys = on');
    db.pragma('busy_timeout = 5000');
    migrate(db, path);
    return db;
  } catch (error) {
    if (error instanceof QantaraError) throw error;
    throw new QantaraError(
      'store_failed',
      {
        path,
        problem: wordsOf(error),
        remedy: 'Free space or move the file aside; the job folders beside it keep the outputs.',
      },
      error,
    );
  }
}

function migrate(db: Db, path: string): void {
  const seen = db.pragma('user_version', { simple: true }) as number;
  if (seen > migrations.length) {
    throw new QantaraError('store_failed', {
      path,
      problem: `it was written by a newer release (schema ${seen}, this one knows ${migrations.length}).`,
      remedy: 'Install that release again: npm i -g qantara@latest.',
    });
  }
  for (let version = seen; version < migrations.length; version++) {
    db.transaction(() => {
      db.exec(migrations[version] as string);
      db.pragma(`user_version = ${version + 1}`);
    })();
  }
}
