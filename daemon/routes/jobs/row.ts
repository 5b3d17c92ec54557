import type { JobRow } from '../../../shared/wire.ts';
import { usageOf } from '../../budget/usage.ts';
import type { Job } from '../../store/jobs.ts';

/** A job as a list shows it. */
export const rowOf = (job: Job): JobRow => ({
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
  usage: usageOf(job),
});
