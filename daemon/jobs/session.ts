import type { Agent } from '../../shared/agents/agent.ts';
import { QantaraError } from '../../shared/errors.ts';
import { type Caller, isOwn, owned } from '../caller.ts';
import type { Store } from '../store/store.ts';

export interface Resume {
  sessionId: string;
  /** Where the session began; undefined for one that this store has not seen, which runs where the caller says. */
  cwd?: string;
}

/**
 * The session that an ask resumes, or undefined for a new one. `sessionId` is taken exactly; `continueSession` means
 * this caller's last one with the agent (in `cwd`, where given). A session only runs in its own directory.
 */
export function chooseSession(
  store: Store,
  caller: Caller,
  agent: Agent,
  wanted: { sessionId?: string; continueSession?: boolean; cwd?: string },
): Resume | undefined {
  if (wanted.sessionId) {
    const known = store.sessions.get(agent.name, wanted.sessionId);
    if (known && wanted.cwd && wanted.cwd !== known.cwd) {
      const { sessionId: session, cwd: home } = known;
      throw new QantaraError('session_elsewhere', { title: agent.title, session, home, cwd: wanted.cwd });
    }
    return { sessionId: wanted.sessionId, cwd: known?.cwd };
  }
  if (!wanted.continueSession) return undefined;
  const candidates = [...owned(caller, store.sessions.inScope(caller.scope, agent.name))].filter(
    (session) => !wanted.cwd || session.cwd === wanted.cwd,
  );
  const last = candidates.find((session) => isOwn(caller, session)) ?? candidates[0];
  if (!last) throw new QantaraError('no_session', { title: agent.title, cwd: wanted.cwd ?? caller.workspace });
  return { sessionId: last.sessionId, cwd: last.cwd };
}
