import { isTerminal, type JobState, jobStates } from '../../../shared/job.ts';
import type { Pruned } from '../../../shared/wire.ts';
import { pruneJobs } from '../../jobs/remove.ts';
import type { AddRoute } from '../served.ts';

interface Body {
  endedBefore: number;
  states: JobState[];
  unread: boolean;
  dryRun: boolean;
}

const body = {
  type: 'object',
  properties: {
    endedBefore: { type: 'integer' },
    states: { type: 'array', items: { enum: jobStates.filter(isTerminal) }, default: [] },
    unread: { type: 'boolean', default: false },
    dryRun: { type: 'boolean', default: false },
  },
  required: ['endedBefore'],
  additionalProperties: false,
};

/** `POST /jobs/prune`: removes ended jobs, or says with `dryRun` which ones it would. */
export const addPrune: AddRoute = (app, { jobs }) => {
  app.post<{ Body: Body }>('/jobs/prune', { schema: { body } }, async (request): Promise<Pruned> => {
    const { dryRun, ...which } = request.body;
    const found = jobs.store.list.prunable(which);
    if (!dryRun) await pruneJobs(jobs, found);
    return { jobs: found.map(({ id }) => id), bytes: found.reduce((sum, { diskBytes }) => sum + diskBytes, 0) };
  });
};
