import { brief, type Job } from './jobs.ts';
import type { Db } from './open.ts';

/** A vendor's conversation that can be resumed, and whose it is. */
export interface Session {
  agent: string;
  sessionId: string;
  cwd: string;
  host: string;
  hostSession: string | null;
  caller: string;
  scope: string;
  lastJob: string;
  usedAt: number;
}

const columns = `agent, session_id as sessionId, cwd, host, host_session as hostSession, caller, scope,
  last_job as lastJob, used_at as usedAt`;

/** A session as a person sees it, whoever used it. */
export type Known = Pick<Session, 'agent' | 'sessionId' | 'cwd' | 'host' | 'lastJob' | 'usedAt'> & {
  /** The oldest of its jobs that have not ended. */
  busy: string | null;
};

/** Which sessions a list has. What is left out does not matter. */
export interface SessionFilter {
  agent?: string;
  host?: string;
  /** A directory: sessions in it or below it. */
  cwd?: string;
  /** How its id begins. */
  prefix?: string;
}

// Of the scopes that share a session, SQLite takes the other columns from the row of the maximum.
const known = (where: string): string => `select agent, session_id as sessionId, cwd, host, last_job as lastJob,
  max(used_at) as usedAt, (select id from jobs where jobs.agent = sessions.agent and jobs.session_id = sessions.session_id
    and ended_at is null order by sequence limit 1) as busy
  from sessions where ${where} group by agent, session_id order by usedAt desc, agent, session_id limit @limit`;

const conditions: Record<keyof SessionFilter, string> = {
  agent: 'agent = @agent',
  host: 'host = @host',
  cwd: `(cwd = @cwd or (cwd > @cwd || '/' and cwd < @cwd || '0'))`,
  prefix: `session_id >= @prefix and session_id < @prefix || char(1114111)`,
};

/** The statements on `sessions`, prepared once. */
export function sessionStatements(db: Db) {
  const save = db.prepare(
    `insert into sessions (agent, session_id, cwd, host, host_session, caller, scope, last_job, used_at)
     values (@agent, @sessionId, @cwd, @host, @hostSession, @caller, @scope, @lastJob, @usedAt)
     on conflict (agent, session_id, scope) do update set host = excluded.host, host_session = excluded.host_session,
       caller = excluded.caller, last_job = excluded.last_job, used_at = excluded.used_at`,
  );
  const one = db.prepare<[string, string], Session>(
    `select ${columns} from sessions where agent = ? and session_id = ? limit 1`,
  );
  const inScope = db.prepare<[string, string], Session>(
    `select ${columns} from sessions where scope = ? and agent = ? order by used_at desc, length(last_job) desc, last_job desc`,
  );

  const jobs = db.prepare<[string, string], Job>(
    `select ${brief} from jobs where agent = ? and session_id = ? order by sequence desc limit 1000`,
  );

  return {
    /** The sessions that a filter lets through, whosever they are, the last used first. */
    known(filter: SessionFilter, limit: number): Known[] {
      const given = Object.entries(filter).filter(([, value]) => value !== undefined) as [
        keyof SessionFilter,
        string,
      ][];
      const where = given.map(([name]) => conditions[name]).join(' and ') || 'true';
      return db.prepare<[Record<string, unknown>], Known>(known(where)).all({ ...filter, limit });
    },
    /** The jobs of a session, the newest first; at most 1,000. */
    jobs: (agent: string, sessionId: string): Job[] => jobs.all(agent, sessionId),
    /** Records the use of a session in a scope. Its directory is where it began and never changes. */
    save: (session: Session): void => void save.run(session),
    get: (agent: string, sessionId: string): Session | undefined => one.get(agent, sessionId),
    /** The sessions of one scope with one agent, the last used first. */
    inScope: (scope: string, agent: string): Session[] => inScope.all(scope, agent),
  };
}
