import { existsSync } from 'node:fs';
import { wordsOf } from '../../shared/errors.ts';
import { failpoint } from '../failpoint.ts';
import { folderOf, readExit, readPid } from '../runner/folder.ts';
import { carriers, identify } from '../runner/process.ts';
import type { Job } from '../store/jobs.ts';
import { type Jobs, markerOf, uptimeMs } from './context.ts';
import { endJob } from './end.ts';
import { follow } from './follow.ts';
import { schedule } from './schedule.ts';

/**
 * Takes over what an earlier daemon left: follows what runs, reads what ended meanwhile, puts back what never
 * started, and calls lost what cannot be known. One bad job does not keep the others from being taken over.
 */
export function recover(jobs: Jobs): void {
  failpoint('recovering');
  for (const job of jobs.store.jobs.unfinished()) {
    try {
      // Whoever waited for it is gone; a shim that asks again for it attaches by its key.
      jobs.store.jobs.background(job.id);
      takeOver(jobs, job);
      failpoint('job-taken-over');
    } catch (error) {
      jobs.log.error({ job: job.id, error: wordsOf(error) }, 'job could not be taken over');
      endJob(jobs, job.id, { state: 'lost', exitCode: null, errorCode: 'lost', errorMessage: wordsOf(error) });
    }
  }
  schedule(jobs);
}

function takeOver(jobs: Jobs, job: Job): void {
  const folder = folderOf(jobs.paths.jobs, job.id);
  if (job.state === 'running') return follow(jobs, job.id);
  if (job.state === 'queued') {
    if (!existsSync(folder.input)) throw new Error(`its folder ${folder.dir} is gone, so it never ran`);
    return;
  }
  // Starting: the daemon died between the spawn and recording it, or before the spawn.
  const pid = readPid(folder) ?? carriers(markerOf(job))[0];
  if (pid === undefined) {
    jobs.store.jobs.requeued(job.id);
    return failpoint('job-requeued');
  }
  const identity = identify(pid) ?? { pid, startTime: '', bootId: '' };
  if (readExit(folder) === undefined && !carriers(markerOf(job)).includes(pid)) {
    throw new Error('the daemon stopped while it was being started, and its process is gone without an exit code');
  }
  jobs.store.jobs.running(job.id, identity, Date.now(), uptimeMs());
  follow(jobs, job.id);
}
