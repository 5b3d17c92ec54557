import { jobNamed } from '../../jobs/named.ts';
import { cancelJob } from '../../jobs/remove.ts';
import type { AddRoute } from '../served.ts';
import { rowOf } from './row.ts';

/** `POST /jobs/:id/cancel`: stops a job with everything it started. */
export const addCancel: AddRoute = (app, { jobs }) => {
  app.post<{ Params: { id: string } }>('/jobs/:id/cancel', async (request) =>
    rowOf(await cancelJob(jobs, jobNamed(jobs, request.params.id, true).id)),
  );
};
