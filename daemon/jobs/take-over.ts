import { existsSync, statSync } from 'node:fs';
import { describe, wordsOf } from '../../shared/errors.ts';
import { failpoint } from '../failpoint.ts';
import { folderOf, forgetEnvironment, hasPrompt, type JobFolder, readPid } from '../runner/folder.ts';
import { carriers, type Identity, identify, isAlive, lineageOf } from '../runner/process.ts';
import type { Job } from '../store/jobs.ts';
import { type Jobs, markerOf, uptimeMs } from './context.ts';
import { endJob, endUnstarted } from './end.ts';
import { follow } from './follow.ts';
import { isPassing, later } from './retry.ts';
import { identityOf } from './stop.ts';

/**
 * Takes over a job that is not attended to, whatever step it was left at: follows what runs, reads what has ended,
 * puts back what never started, and calls lost what cannot be known. Never throws; tries again while the disk or the
 * store fails. Returns before that, so that one job in a bad way holds no other up.
 */
export function takeOver(jobs: Jobs, id: string, failures = 0): void {
  let job: Job | undefined;
  try {
    job = jobs.store.jobs.get(id);
    if (job) resume(jobs, job);
  } catch (error) {
    jobs.log.error({ job: id, error: wordsOf(error) }, 'job could not be taken over');
    if (job && !isPassing(error) && isLost(jobs, job, wordsOf(error))) return;
    later(jobs, failures, () => takeOver(jobs, id, failures + 1));
  }
}

/** Records that a job is lost; false where the store did not take it. */
function isLost(jobs: Jobs, job: Job, message: string): boolean {
  const errorMessage = describe('lost', { title: job.agent, message, cwd: job.cwd });
  try {
    endJob(jobs, job.id, { state: 'lost', exitCode: null, errorCode: 'lost', errorMessage });
    return true;
  } catch (error) {
    jobs.log.error({ job: job.id, error: wordsOf(error) }, 'job could not be called lost');
    return false;
  }
}

function resume(jobs: Jobs, job: Job): void {
  const folder = folderOf(jobs.paths.jobs, job.id);
  const began = existsSync(folder.output);
  if (job.state === 'running' && began) return follow(jobs, job.id);
  if (job.state === 'starting' && began) {
    const { identity, startedAtMs, startedUptimeMs } = processOf(folder, job);
    jobs.store.jobs.running(job.id, identity, startedAtMs, startedUptimeMs);
    forgetEnvironment(folder);
    return follow(jobs, job.id);
  }
  // A daemon that died before it let the job begin takes the supervisor along, which may need a moment.
  const identity = identityOf(job);
  if (identity && isAlive(identity)) return later(jobs, 0, () => takeOver(jobs, job.id));
  // It never ran, and one that was to be stopped never will.
  if (job.stopReason) return endUnstarted(jobs, job, job.stopReason);
  if (!existsSync(folder.dir)) throw new Error(`its folder ${folder.dir} is gone, so it never ran.`);
  if (!hasPrompt(folder, job.task)) throw new Error('its prompt was lost with the machine, so it never ran.');
  if (job.state !== 'queued') jobs.store.jobs.requeued(job.id);
  failpoint('job-requeued');
}

interface Found {
  identity: Identity;
  startedAtMs: number;
  startedUptimeMs: number;
}

/** The process, gone or not, of a job that began and of which a store that was lost knew more. */
function processOf(folder: JobFolder, job: Job): Found {
  const pid = readPid(folder) ?? 0;
  // Another process may have come to this pid later: ours is the parent of what carries the marker.
  const isOurs = carriers(markerOf(job)).some((carrier) => lineageOf(carrier)[0]?.parent === pid);
  const identity = (isOurs ? identify(pid) : undefined) ?? { pid, startTime: '', bootId: '' };
  // The last files that were made in its folder are its output, which its supervisor begins with.
  const startedAtMs = Math.round(statSync(folder.dir).mtimeMs);
  // The clock of files may have been set since; only where the store knows nothing better is it asked.
  const ranMs = Math.max(0, Date.now() - startedAtMs);
  return { identity, startedAtMs, startedUptimeMs: job.startedUptimeMs ?? Math.max(0, uptimeMs() - ranMs) };
}
