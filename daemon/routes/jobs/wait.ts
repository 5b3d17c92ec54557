import type { JobRow } from '../../../shared/wire.ts';
import { jobNamed } from '../../jobs/named.ts';
import { waitFor } from '../../jobs/wait.ts';
import type { AddRoute } from '../served.ts';
import { signalOf } from '../signal.ts';
import { rowOf } from './row.ts';

const query = {
  type: 'object',
  properties: { limitMs: { type: 'integer', minimum: 0, maximum: 60_000, default: 20_000 } },
  additionalProperties: false,
};

/** `GET /jobs/:id/wait`: the job when it has ended, or as it is after `limitMs`. */
export const addWait: AddRoute = (app, { jobs }) => {
  app.get<{ Params: { id: string }; Querystring: { limitMs: number } }>(
    '/jobs/:id/wait',
    { schema: { querystring: query } },
    async (request, answer): Promise<JobRow> => {
      const { id } = jobNamed(jobs, request.params.id);
      return rowOf(await waitFor(jobs, id, request.query.limitMs, signalOf(answer)));
    },
  );
};
