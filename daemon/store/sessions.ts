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

  return {
    /** Records the use of a session in a scope. Its directory is where it began and never changes. */
    save: (session: Session): void => void save.run(session),
    get: (agent: string, sessionId: string): Session | undefined => one.get(agent, sessionId),
    /** The sessions of one scope with one agent, the last used first. */
    inScope: (scope: string, agent: string): Session[] => inScope.all(scope, agent),
  };
}
