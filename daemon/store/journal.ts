import { existsSync } from 'node:fs';
import { isDamage } from './failure.ts';
import type { Db } from './open.ts';
import { breakSeal, keepSealed } from './seal.ts';

/** 16 MB, which a next start reads again; SQLite's own size (1,000) waits for the disk more often, 6 % of a large ingest. */
const mostPages = 4000;

/** What a checkpoint left: pages in the journal, and how many of them the database has. */
interface Pages {
  busy: number;
  log: number;
  checkpointed: number;
}

export interface Journal {
  /** Takes a journal that has grown into the database. Call it after a transaction; never throws. */
  settle(): void;
  /** Takes what was committed into the database and cuts the journal to nothing. */
  empty(): void;
  /** Closes the database, and with it the journal. */
  close(): void;
}

/**
 * The journal (WAL) beside a database. It is taken in by us and not by SQLite, in the middle of some commit, so that
 * the database keeps its seal.
 */
export function journalOf(db: Db, path: string): Journal {
  // Where much is written outside of transactions; the next start then looks at all pages.
  db.pragma(`wal_autocheckpoint = ${2 * mostPages}`);
  const look = db.prepare<[], Pages>('pragma wal_checkpoint(noop)');
  const take = (how: 'passive' | 'truncate'): void =>
    keepSealed(path, () => {
      const [{ busy, log, checkpointed }] = db.pragma(`wal_checkpoint(${how})`) as [Pages];
      return busy === 0 && log === checkpointed;
    });
  return {
    settle: () => {
      if (db.inTransaction) return;
      try {
        const { log, checkpointed } = look.get() as Pages;
        if (log >= mostPages && checkpointed < log) take('passive');
      } catch (error) {
        // What was committed stays so. A full disk: it is tried again after the next transaction.
        if (isDamage(error)) breakSeal(path);
      }
    },
    empty: () => take('truncate'),
    close: () =>
      keepSealed(path, () => {
        db.close();
        return !existsSync(`${path}-wal`);
      }),
  };
}
