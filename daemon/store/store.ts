import { eventStatements } from './events.ts';
import { type Job, jobStatements } from './jobs.ts';
import { listStatements } from './list.ts';
import { type Db, openStore } from './open.ts';
import { restoring } from './restore.ts';
import { sessionStatements } from './sessions.ts';
import { spendingStatements } from './spending.ts';
import { statsStatements } from './stats.ts';

export interface Store {
  jobs: ReturnType<typeof jobStatements>;
  list: ReturnType<typeof listStatements>;
  events: ReturnType<typeof eventStatements>;
  sessions: ReturnType<typeof sessionStatements>;
  spending: ReturnType<typeof spendingStatements>;
  stats: ReturnType<typeof statsStatements>;
  /** Runs `work` in one transaction: all of its writes or none. */
  together<T>(work: () => T): T;
  /** Puts back a job that a lost store held; see `restoring`. */
  restore(job: Job): boolean;
  /** From now on what is deleted is overwritten with zeros. */
  overwriteDeleted(): void;
  /** Writes the database anew, without what was deleted before that. Takes as long as copying it. */
  rewrite(): void;
  /** Takes what was committed into the database and empties the journal beside it, where older contents still stand. */
  forgetJournal(): void;
  close(): void;
}

/** The job store at `path`, ready to use. Errors as `openStore`. */
export function createStore(path: string): Store {
  const db: Db = openStore(path);
  return {
    jobs: jobStatements(db),
    list: listStatements(db),
    events: eventStatements(db),
    sessions: sessionStatements(db),
    spending: spendingStatements(db),
    stats: statsStatements(db),
    together: (work) => db.transaction(work)(),
    restore: restoring(db),
    overwriteDeleted: () => void db.pragma('secure_delete = on'),
    rewrite: () => void db.exec('vacuum'),
    forgetJournal: () => void db.pragma('wal_checkpoint(truncate)'),
    close: () => db.close(),
  };
}
