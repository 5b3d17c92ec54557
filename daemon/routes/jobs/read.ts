import type { JobRow } from '../../../shared/wire.ts';
import { markDelivered } from '../../jobs/mark.ts';
import { jobNamed } from '../../jobs/named.ts';
import { terminalHost } from '../../terminal.ts';
import type { AddRoute } from '../served.ts';
import { rowOf } from './row.ts';

/**
 * `POST /jobs/:id/read`: a person has been shown the result. That counts for what was asked from a terminal; the
 * result of a host's job is still to be read by that host.
 */
export const addRead: AddRoute = (app, { jobs }) => {
  app.post<{ Params: { id: string } }>('/jobs/:id/read', (request): JobRow => {
    const job = jobNamed(jobs, request.params.id);
    if (job.host === terminalHost && job.endedAt !== null) markDelivered(jobs, job);
    return rowOf(job);
  });
};
