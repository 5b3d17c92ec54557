import { chmodSync, renameSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { QantaraError, wordsOf } from '../../shared/errors.ts';
import { isDamage, storeFailure } from './failure.ts';
import { migrations } from './migrations.ts';
import { breakSeal } from './seal.ts';

export type Db = Database.Database;

/**
 * Opens the job store and brings its schema up to date, each step in one transaction: a crash leaves the old or the
 * new schema. A store of an older release is kept as `<path>.v<schema>.bak` before that. WAL with `synchronous = normal`: a committed row survives the death of this process, not power loss.
 * Throws `store_failed` for a file that is no database, is damaged or of a newer release, and for a failing disk.
 */
export function openStore(path: string, steps = migrations): Db {
  let db: Db | undefined;
  try {
    db = new Database(path);
    // Not in vain: that would break its seal.
    if ((statSync(path).mode & 0o777) !== 0o600) chmodSync(path, 0o600);
    db.pragma('journal_mode = wal');
    // better-sqlite3 reports FULL after switching to WAL until the first write, so it is said explicitly.
    db.pragma('synchronous = normal');
    db.pragma('foreign_keys = on');
    db.pragma('busy_timeout = 5000');
    migrate(db, path, steps);
    // SQLite's own default. The 16 MB of better-sqlite3, which migrations have, fill up in a large ingest, and nothing else
    // is faster with them.
    db.pragma('cache_size = -2000');
    return db;
  } catch (error) {
    db?.close();
    if (isDamage(error)) breakSeal(path);
    throw error instanceof QantaraError ? error : (storeFailure(error, path) ?? unusable(path, error));
  }
}

const unusable = (path: string, error: unknown): QantaraError =>
  new QantaraError(
    'store_failed',
    { path, problem: `${wordsOf(error)}.`, remedy: 'Make the file and its folder accessible, then ask again.' },
    error,
  );

function migrate(db: Db, path: string, steps: readonly string[]): void {
  const seen = db.pragma('user_version', { simple: true }) as number;
  if (seen > steps.length) {
    throw new QantaraError('store_failed', {
      path,
      problem: `it was written by a newer release (schema ${seen}, this one knows ${steps.length}).`,
      remedy: 'Install that release again: npm i -g qantara@latest.',
    });
  }
  if (seen > 0 && seen < steps.length) backUp(db, `${path}.v${seen}.bak`);
  for (let version = seen; version < steps.length; version++) {
    db.transaction(() => {
      db.exec(steps[version] as string);
      db.pragma(`user_version = ${version + 1}`);
    })();
  }
}

/** A whole copy appears under its name or none does. */
function backUp(db: Db, path: string): void {
  rmSync(`${path}.tmp`, { force: true });
  db.prepare('vacuum into ?').run(`${path}.tmp`);
  chmodSync(`${path}.tmp`, 0o600);
  renameSync(`${path}.tmp`, path);
}
