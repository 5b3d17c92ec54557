import type { Stats, StatsGroup } from '../../shared/wire.ts';
import { statsGroups } from '../../shared/wire.ts';
import type { AddRoute } from './served.ts';

const query = {
  type: 'object',
  properties: {
    by: { enum: [...statsGroups], default: 'agent' },
    since: { type: 'integer', default: 0 },
    limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 50 },
  },
  additionalProperties: false,
};

/** `GET /stats`: how many jobs, how they ended, and what they took. */
export const addStats: AddRoute = (app, { jobs }) => {
  app.get<{ Querystring: { by: StatsGroup; since: number; limit: number } }>(
    '/stats',
    { schema: { querystring: query } },
    ({ query: { by, since, limit } }): Stats => {
      const { stats } = jobs.store;
      return { by, since, total: stats.total(since), rows: stats.by(by, since, limit) };
    },
  );
};
