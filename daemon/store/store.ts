import { eventStatements } from './events.ts';
import { guarded } from './guard.ts';
import { type Job, jobStatements } from './jobs.ts';
import { journalOf } from './journal.ts';
import { listStatements } from './list.ts';
import { type Db, openStore } from './open.ts';
import { restoring } from './restore.ts';
import { breakSeal } from './seal.ts';
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
  const journal = journalOf(db, path);
  // Where its pages turn out to be damaged although it is sealed: then the next start looks at all of them.
  const guard = <Methods extends object>(methods: Methods): Methods => guarded(methods, () => breakSeal(path));
  return {
    jobs: guard(jobStatements(db)),
    list: guard(listStatements(db)),
    events: guard(eventStatements(db)),
    sessions: guard(sessionStatements(db)),
    spending: guard(spendingStatements(db)),
    stats: guard(statsStatements(db)),
    ...guard({
      together: <T>(work: () => T): T => {
        const result = db.transaction(work)();
        journal.settle();
        return result;
      },
      restore: restoring(db),
      overwriteDeleted: () => void db.pragma('secure_delete = on'),
      rewrite: () => void db.exec('vacuum'),
      forgetJournal: () => journal.empty(),
      close: () => journal.close(),
    }),
  };
}
