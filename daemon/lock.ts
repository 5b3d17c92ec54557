import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';

export interface Lock {
  release(): void;
}

/**
 * Takes the single-instance lock of a state folder, or returns undefined where another daemon holds it. It is an
 * exclusive SQLite transaction, so the kernel frees it however this process dies and a stale file never blocks.
 */
export function takeLock(path: string): Lock | undefined {
  const db = new Database(path, { timeout: 0 });
  try {
    chmodSync(path, 0o600);
    db.exec('begin exclusive');
    return { release: () => db.close() };
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
}
