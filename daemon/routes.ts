import type { FastifyInstance, FastifyReply } from 'fastify';
import { QantaraError } from '../shared/errors.ts';
import type { Paths } from '../shared/paths.ts';
import { type JobRow, PROTOCOL, type Problem, type Status } from '../shared/wire.ts';
import type { PolicyLayers } from './caller.ts';
import type { Jobs } from './jobs/context.ts';
import { cancelJob, removeJob } from './jobs/remove.ts';
import { storeNotices } from './jobs/rescue.ts';
import { storeFailure } from './store/failure.ts';
import type { Job } from './store/jobs.ts';

export interface Served {
  jobs: Jobs;
  layers: PolicyLayers;
  version: string;
  paths: Paths;
  /** Ends the daemon; running jobs go on. */
  stop(): void;
}

const listQuery = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 50 } },
  additionalProperties: false,
};

/** What a person's command line asks of the daemon. A known failure is sent as its code and data. */
export function addRoutes(app: FastifyInstance, { jobs, version, paths, stop }: Served): void {
  const startedAt = Date.now();
  app.setErrorHandler((error, _request, answer: FastifyReply) => {
    const known = error instanceof QantaraError ? error : storeFailure(error, paths.database);
    if (!known) return answer.send(error);
    return answer.code(409).send({ code: known.code, data: known.data } satisfies Problem);
  });
  app.get('/status', (): Status => {
    const counts = jobs.store.jobs.counts();
    const notices = storeNotices(paths);
    return { version, protocol: PROTOCOL, pid: process.pid, home: paths.home, startedAt, jobs: counts, notices };
  });
  app.get<{ Querystring: { limit: number } }>('/jobs', { schema: { querystring: listQuery } }, (request): JobRow[] =>
    jobs.store.jobs.newest(request.query.limit).map(rowOf),
  );
  app.post<{ Params: { id: string } }>('/jobs/:id/cancel', async (request) =>
    rowOf(await cancelJob(jobs, request.params.id)),
  );
  app.delete<{ Params: { id: string } }>('/jobs/:id', async (request) =>
    rowOf(await removeJob(jobs, request.params.id)),
  );
  app.post('/stop', (_request, answer) => {
    answer.raw.on('finish', stop);
    return { stopping: true };
  });
}

const rowOf = (job: Job): JobRow => ({
  id: job.id,
  agent: job.agent,
  state: job.state,
  task: job.task,
  cwd: job.cwd,
  host: job.host,
  parent: job.parent,
  sessionId: job.sessionId,
  background: job.background === 1,
  createdAt: job.createdAt,
  startedAt: job.startedAt,
  endedAt: job.endedAt,
  error: job.errorMessage,
});
