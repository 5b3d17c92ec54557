import type { JobRow } from '../../../shared/wire.ts';
import type { AddRoute } from '../served.ts';
import { rowOf } from './row.ts';

const query = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 50 } },
  additionalProperties: false,
};

/** `GET /jobs`: the newest jobs. */
export const addList: AddRoute = (app, { jobs }) => {
  app.get<{ Querystring: { limit: number } }>('/jobs', { schema: { querystring: query } }, (request): JobRow[] =>
    jobs.store.jobs.newest(request.query.limit).map(rowOf),
  );
};
