import type { Agent } from '../../shared/agents/agent.ts';
import { withBeginning } from '../../shared/begun.ts';
import { describe, wordsOf } from '../../shared/errors.ts';
import { type AgentEvent, emptySummary, fold } from '../../shared/events.ts';
import { passedBudget } from '../budget/check.ts';
import { recordSpent } from '../budget/spend.ts';
import { failpoint } from '../failpoint.ts';
import { bytesOf, folderOf } from '../runner/folder.ts';
import { carriers, isAlive } from '../runner/process.ts';
import { followJob, type Line } from '../runner/tail.ts';
import type { Job } from '../store/jobs.ts';
import { agentOf, type Jobs, type Live, markerOf, uptimeMs } from './context.ts';
import { conclude, endJob } from './end.ts';
import { isPassing, later } from './retry.ts';
import { identityOf, killProcesses, stop } from './stop.ts';
import { changed } from './wait.ts';

/** How long an agent may go on after it gave its result before it is ended; ms. Its success stands. */
const lingerMs = 30_000;
const longestRaw = 2_000;
/** Lines that no adapter knows are worth a look, not a flood; all of them stay in the raw output. */
const mostRaw = 1_000;
/** How often in a row following may fail, for a reason that does not pass, before a job is given up; about 6 s. */
const mostFailures = 5;
/** How long until a stop is tried again that the store did not take; ms. */
const stopAgainMs = 5_000;
const sizeCheckMs = 1_000;
const longestTimer = 2_147_483_647;

/**
 * Follows a running job until its end is recorded, anew whenever that fails: its output and its exit code are on disk
 * and the offset in the store, so nothing is lost by trying again. Works the same for a job that this daemon started
 * and for one that it found running. A job whose files cannot be read is lost once its process is gone.
 */
export function follow(jobs: Jobs, id: string, failures = 0): void {
  let before: number | undefined;
  const followNow = async (): Promise<void> => {
    const job = jobs.store.jobs.get(id) as Job;
    before = job.outputOffset;
    await followOnce(jobs, job);
  };
  followNow().catch((error: unknown) => {
    if (jobs.closing) return;
    jobs.log.error({ job: id, failures, error: wordsOf(error) }, 'job could not be followed');
    const moved = offsetOf(jobs, id) !== before;
    later(jobs, moved ? 0 : failures, () => {
      if (!moved && failures >= mostFailures && !isPassing(error) && giveUp(jobs, id, wordsOf(error))) return;
      follow(jobs, id, moved ? 0 : failures + 1);
    });
  });
}

/** Where reading goes on; undefined while the store cannot tell. */
function offsetOf(jobs: Jobs, id: string): number | undefined {
  try {
    return jobs.store.jobs.get(id)?.outputOffset;
  } catch {
    return undefined; // following it fails for the same reason, and says so
  }
}

/** Ends a job that cannot be followed, by what is known of it. False while its process runs or the store fails. */
function giveUp(jobs: Jobs, id: string, why: string): boolean {
  try {
    const job = jobs.store.jobs.get(id) as Job;
    const identity = identityOf(job);
    if (identity && isAlive(identity)) return false;
    try {
      conclude(jobs, id, restored(jobs, job).summary, { lost: why });
    } catch (error) {
      if (isPassing(error)) throw error;
      // Not even that is possible, and never will be.
      const errorMessage = describe('lost', { title: job.agent, message: why, cwd: job.cwd });
      endJob(jobs, id, { state: 'lost', exitCode: null, errorCode: 'lost', errorMessage });
    }
    return true;
  } catch (error) {
    jobs.log.error({ job: id, error: wordsOf(error) }, 'job could not be given up');
    return false;
  }
}

/** A job as its stored events tell it; one of which nothing was read has none. */
function restored(jobs: Jobs, { id, outputOffset }: Pick<Job, 'id' | 'outputOffset'>): Live {
  const live: Live = { summary: emptySummary(), begun: new Map(), release: () => {} };
  if (outputOffset === 0) return live;
  for (const event of jobs.store.events.of(id)) {
    withBeginning(live.begun, event);
    absorb(live, event);
  }
  return live;
}

/**
 * Follows a job from where its output was read last: new lines become events and move the offset in one transaction,
 * so that a crash neither loses nor repeats one. Arms its time limit. Rejects when reading or the store fails.
 */
async function followOnce(jobs: Jobs, job: Job): Promise<void> {
  const { id } = job;
  const agent = agentOf(job);
  const identity = identityOf(job);
  const folder = folderOf(jobs.paths.jobs, id);
  const timers = new Set<NodeJS.Timeout>();
  let released = false;
  const after = (ms: number, act: () => Promise<unknown>): void => {
    const run = () =>
      act().catch((error: unknown) => {
        jobs.log.error({ job: id, error: wordsOf(error) }, 'job could not be stopped');
        if (!released) after(stopAgainMs, act);
      });
    timers.add(setTimeout(run, Math.min(ms, longestTimer)).unref());
  };
  const live = restored(jobs, job);
  const intake: Intake = { agent, live, raw: 0, onSession: (session) => recordSession(jobs, id, session) };
  let last = jobs.store.events.last(id);
  const ingest = (lines: Iterable<Line>): void => {
    const hadResult = live.summary.result !== undefined;
    intake.end = undefined;
    intake.toldUsage = false;
    jobs.store.together(() => {
      last = jobs.store.events.append(id, taken(intake, lines), Date.now(), last);
      failpoint('events-inserted');
      if (intake.end !== undefined) jobs.store.jobs.offset(id, intake.end);
      if (intake.toldUsage) recordSpent(jobs.store, jobs.prices, agent, id, live.summary);
    });
    failpoint('events-committed');
    if (intake.end === undefined) return;
    if (intake.toldUsage && !live.summary.result && passedBudget(jobs, job)) after(0, () => stop(jobs, id, 'budget'));
    changed(jobs, id, 'output');
    if (live.summary.result && !hadResult) after(lingerMs, () => killProcesses(jobs, job));
  };

  const follower = followJob({
    folder,
    identity,
    // An agent that lost its supervisor goes on, and its own word on the result still counts.
    lingers: () => carriers(markerOf(job)).length > 0,
    fromOffset: job.outputOffset,
    bulk: agent.bulk,
    maxBytes: jobs.limits.jobBytes,
    onLines: ingest,
  });
  live.release = () => {
    released = true;
    for (const timer of timers) clearTimeout(timer);
    follower.close();
  };
  jobs.live.set(id, live);
  changed(jobs, id, 'state');
  const guard = setInterval(() => {
    // More of it would fill the disk for everybody; stderr counts too, which nobody reads while it runs.
    if (bytesOf(folder) > jobs.limits.jobBytes) after(0, () => stop(jobs, id, 'output_limit'));
  }, sizeCheckMs);
  timers.add(guard.unref());
  const ran = job.startedUptimeMs === null ? 0 : Math.max(0, uptimeMs() - job.startedUptimeMs);
  after(Math.max(0, job.timeLimitMs - ran), () => stop(jobs, id, 'timed_out'));
  if (job.stopReason) after(0, () => killProcesses(jobs, job));
  // It gave its result to an earlier daemon.
  if (live.summary.result) after(lingerMs, () => killProcesses(jobs, job));

  try {
    const end = await follower.ended;
    // It ends when nothing of it is left: what runs on after that would be nobody's.
    if (jobs.store.jobs.get(id)?.stopReason) await killProcesses(jobs, job);
    conclude(jobs, id, live.summary, end);
    // Only now: as long as the job has not ended, a stop of it goes to this process.
    if (identity) jobs.supervisors.ended(identity);
  } finally {
    live.release();
  }
}

/** How far a job's lines are taken, and what the last ones held. */
interface Intake {
  agent: Agent;
  live: Live;
  /** How many lines were not known. */
  raw: number;
  /** Where the last line ended. */
  end?: number;
  toldUsage?: boolean;
  onSession(id: string): void;
}

/**
 * The events of lines, with what is known of the job brought up to each. One line after the other: what a whole chunk
 * says, held at once, outlives collections of garbage that copy it; 150 MB took 4.1 s so, and 3.2 s like this.
 */
function* taken(intake: Intake, lines: Iterable<Line>): Generator<AgentEvent> {
  const { agent, live } = intake;
  for (const line of lines) {
    intake.end = line.end;
    for (const one of eventsOf(agent, line)) {
      if (one.type === 'raw' && intake.raw++ >= mostRaw) continue;
      if (one.type === 'session') intake.onSession(one.id);
      if (one.type === 'usage') intake.toldUsage = true;
      for (const event of withBeginning(live.begun, one)) {
        // Where the store does not take it, this following ends and the next one begins with what is stored.
        absorb(live, event);
        yield event;
      }
    }
  }
}

function absorb(live: Live, event: AgentEvent): void {
  fold(live.summary, event, live.previous);
  live.previous = event;
}

function eventsOf(agent: Agent, line: Line): AgentEvent[] {
  if (line.text === undefined) {
    return [
      { type: 'warning', message: `a line of ${line.bytes} bytes is too long to be read; it is in the raw output` },
    ];
  }
  if (line.text.trim() === '') return [];
  const events = agent.parse(line.text);
  for (const event of events) if (event.type === 'raw') event.line = event.line.slice(0, longestRaw);
  return events;
}

function recordSession(jobs: Jobs, id: string, sessionId: string): void {
  jobs.store.jobs.session(id, sessionId);
  const { agent, cwd, host, hostSession, caller, scope } = jobs.store.jobs.get(id) as Job;
  jobs.store.sessions.save({
    agent,
    sessionId,
    cwd,
    host,
    hostSession,
    caller,
    scope,
    lastJob: id,
    usedAt: Date.now(),
  });
}
