import { type JobState, jobStates } from '../../../shared/job.ts';
import type { JobRow } from '../../../shared/wire.ts';
import { jobNamed } from '../../jobs/named.ts';
import type { AddRoute } from '../served.ts';
import { rowOf } from './row.ts';

const query = {
  type: 'object',
  properties: {
    state: { type: 'array', items: { enum: [...jobStates] } },
    agent: { type: 'string' },
    host: { type: 'string' },
    cwd: { type: 'string' },
    since: { type: 'integer' },
    limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 50 },
    before: { type: 'string' },
  },
  additionalProperties: false,
};

interface Query {
  state?: JobState[];
  agent?: string;
  host?: string;
  cwd?: string;
  since?: number;
  limit: number;
  before?: string;
}

/** `GET /jobs`: the newest jobs that the filters let through. `before`: those that are older than this one. */
export const addList: AddRoute = (app, { jobs }) => {
  app.get<{ Querystring: Query }>('/jobs', { schema: { querystring: query } }, ({ query: given }): JobRow[] => {
    const { state: states, limit, before, ...filter } = given;
    const sequence = before === undefined ? undefined : jobNamed(jobs, before).sequence;
    return jobs.store.list.jobs({ ...filter, states, before: sequence }, limit).map(rowOf);
  });
};
