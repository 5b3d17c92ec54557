import { jobNamed } from '../../jobs/named.ts';
import { removeJob } from '../../jobs/remove.ts';
import type { AddRoute } from '../served.ts';
import { rowOf } from './row.ts';

/** `DELETE /jobs/:id`: removes a job, which is stopped first if it runs. */
export const addRemove: AddRoute = (app, { jobs }) => {
  app.delete<{ Params: { id: string } }>('/jobs/:id', async (request) =>
    rowOf(await removeJob(jobs, jobNamed(jobs, request.params.id, true).id)),
  );
};
