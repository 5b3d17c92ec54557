import { statSync } from 'node:fs';
import { actionsOf } from '../../../shared/events.ts';
import type { JobDetail } from '../../../shared/wire.ts';
import { jobNamed } from '../../jobs/named.ts';
import { folderOf } from '../../runner/folder.ts';
import { levelOf } from '../../terms.ts';
import type { AddRoute } from '../served.ts';
import { policyRows } from './policy.ts';
import { rowOf } from './row.ts';

const mostFiles = 1000;

/** `GET /jobs/:id`: all that is known of one job. */
export const addShow: AddRoute = (app, { jobs }) => {
  app.get<{ Params: { id: string } }>('/jobs/:id', ({ params }): JobDetail => {
    const job = jobNamed(jobs, params.id);
    const folder = folderOf(jobs.paths.jobs, job.id);
    const summary = jobs.live.get(job.id)?.summary;
    const { depth, exitCode, errorCode, stopReason, mode, model, reasoning, thinking, timeLimitMs, deliveredAt } = job;
    return {
      ...rowOf(job),
      ...levelOf(job),
      ...{ depth, exitCode, errorCode, stopReason, mode, model, reasoning, thinking, timeLimitMs, deliveredAt },
      activity: summary ? { phase: summary.phase, actions: actionsOf(summary) } : null,
      children: jobs.store.list.children(job.id).map(rowOf),
      files: jobs.store.events.files(job.id, mostFiles),
      policy: policyRows(job),
      answerBytes: statSync(folder.answer, { throwIfNoEntry: false })?.size ?? 0,
      folder: folder.dir,
    };
  });
};
