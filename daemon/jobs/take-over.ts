import { existsSync, statSync } from 'node:fs';
import { describe, wordsOf } from '../../shared/errors.ts';
import { failpoint } from '../failpoint.ts';
import { folderOf, forgetEnvironment, hasPrompt, type JobFolder, readPid } from '../runner/folder.ts';
import { carriers, carries, type Identity, identify } from '../runner/process.ts';
import type { Job } from '../store/jobs.ts';
import { type Jobs, markerOf, uptimeMs } from './context.ts';
import { endJob, endUnstarted } from './end.ts';
import { follow } from './follow.ts';
import { isPassing, later } from './retry.ts';

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
  if (job.state === 'running') return follow(jobs, job.id);
  const process = job.state === 'starting' ? processOf(folder, job) : undefined;
  if (process) {
    jobs.store.jobs.running(job.id, process.identity, process.startedAtMs, process.startedUptimeMs);
    forgetEnvironment(folder);
    return follow(jobs, job.id);
  }
  // It never ran, and one that was to be stopped never will.
  if (job.stopReason) return endUnstarted(jobs, job, job.stopReason);
  if (!existsSync(folder.dir)) throw new Error(`its folder ${folder.dir} is gone, so it never ran.`);
  if (!hasPrompt(folder, job.task)) throw new Error('its prompt was lost with the machine, so it never ran.');
  if (job.state === 'starting') jobs.store.jobs.requeued(job.id);
  failpoint('job-requeued');
}

interface Found {
  identity: Identity;
  startedAtMs: number;
  startedUptimeMs: number;
}

/** The process of a job whose daemon died while it was starting it, gone or not; undefined where there was none. */
function processOf(folder: JobFolder, job: Job): Found | undefined {
  const marker = markerOf(job);
  // In this order: a supervisor that comes up meanwhile is seen by one of the two.
  const marked = carriers(marker);
  const recorded = readPid(folder);
  const pid = recorded ?? marked[0];
  if (pid === undefined) return undefined;
  // A process that does not carry the marker has come to this pid later and is none of ours.
  const identity = (carries(pid, marker) ? identify(pid) : undefined) ?? { pid, startTime: '', bootId: '' };
  // The last file that was made in its folder is its output, which its supervisor begins with.
  const startedAtMs = recorded === undefined ? Date.now() : Math.round(statSync(folder.dir).mtimeMs);
  // The clock of files may have been set since; only where the store knows nothing better is it asked.
  const ranMs = Math.max(0, Date.now() - startedAtMs);
  return { identity, startedAtMs, startedUptimeMs: job.startedUptimeMs ?? Math.max(0, uptimeMs() - ranMs) };
}
