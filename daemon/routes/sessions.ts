import { QantaraError } from '../../shared/errors.ts';
import type { SessionDetail, SessionRow } from '../../shared/wire.ts';
import type { Known } from '../store/sessions.ts';
import { rowOf } from './jobs/row.ts';
import type { AddRoute, Served } from './served.ts';

const query = {
  type: 'object',
  properties: {
    agent: { type: 'string' },
    host: { type: 'string' },
    cwd: { type: 'string' },
    prefix: { type: 'string' },
    limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 50 },
  },
  additionalProperties: false,
};

interface Query {
  agent?: string;
  host?: string;
  cwd?: string;
  prefix?: string;
  limit: number;
}

const sessionRow = ({ sessionId: id, ...rest }: Known): SessionRow => ({ id, ...rest });

/** `GET /sessions`: the vendors' conversations that can be resumed, the last used first. */
export const addSessions: AddRoute = (app, { jobs }) => {
  app.get<{ Querystring: Query }>('/sessions', { schema: { querystring: query } }, (request): SessionRow[] => {
    const { limit, ...filter } = request.query;
    return jobs.store.sessions.known(filter, limit).map(sessionRow);
  });
};

const mostCandidates = 10;

/** `GET /sessions/:id`: one of them, by its id or by how that begins. */
export const addSession: AddRoute = (app, served) => {
  app.get<{ Params: { id: string } }>('/sessions/:id', (request): SessionDetail => {
    const found = sessionNamed(served, request.params.id);
    const jobs = served.jobs.store.sessions.jobs(found.agent, found.sessionId);
    return { ...sessionRow(found), jobs: jobs.map(rowOf) };
  });
};

/** Throws `no_such_session`, and `ambiguous_session` with the candidates. */
function sessionNamed({ jobs }: Served, text: string): Known {
  const found = jobs.store.sessions.known({ prefix: text }, mostCandidates + 1);
  const exact = found.filter(({ sessionId }) => sessionId === text);
  const [only, ...others] = exact.length > 0 ? exact : found;
  if (!only) throw new QantaraError('no_such_session', { session: text });
  if (others.length === 0) return only;
  const candidates = found.slice(0, mostCandidates).map(({ agent, sessionId }) => `${sessionId} (${agent})`);
  const more = found.length > mostCandidates ? ', …' : '';
  throw new QantaraError('ambiguous_session', { session: text, candidates: candidates.join(', ') + more });
}
