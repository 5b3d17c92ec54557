import type { Agent } from '../../shared/agents/agent.ts';
import { wordsOf } from '../../shared/errors.ts';
import { type AgentEvent, emptySummary, fold } from '../../shared/events.ts';
import { failpoint } from '../failpoint.ts';
import { folderOf } from '../runner/folder.ts';
import { carriers } from '../runner/process.ts';
import { followJob, type Line } from '../runner/tail.ts';
import type { Job } from '../store/jobs.ts';
import { agentOf, type Jobs, type Live, markerOf, uptimeMs } from './context.ts';
import { conclude } from './end.ts';
import { identityOf, killProcesses, stop } from './stop.ts';

/** How long an agent may go on after it gave its result before it is ended; ms. Its success stands. */
const lingerMs = 30_000;
const longestRaw = 2_000;
const longestTimer = 2_147_483_647;

/**
 * Follows a running job from where its output was read last: new lines become events and move the offset in one
 * transaction, so that a crash neither loses nor repeats one. Arms its time limit. Works the same for a job that
 * this daemon started and for one that it found running.
 */
export function follow(jobs: Jobs, id: string): void {
  const job = jobs.store.jobs.get(id) as Job;
  const agent = agentOf(job);
  const identity = identityOf(job);
  const timers = new Set<NodeJS.Timeout>();
  const after = (ms: number, act: () => Promise<unknown>): void => {
    const run = () =>
      act().catch((error: unknown) => jobs.log.error({ job: id, error: wordsOf(error) }, 'job could not be stopped'));
    timers.add(setTimeout(run, Math.min(ms, longestTimer)).unref());
  };
  const live: Live = { summary: emptySummary(), release: () => {} };
  for (const event of jobs.store.events.of(id)) absorb(live, event);

  const ingest = (lines: readonly Line[]): void => {
    const events = lines.flatMap((line) => eventsOf(agent, line));
    const hadResult = live.summary.result !== undefined;
    jobs.store.together(() => {
      jobs.store.events.append(id, events, Date.now());
      failpoint('events-inserted');
      jobs.store.jobs.offset(id, (lines.at(-1) as Line).end);
      for (const event of events) if (event.type === 'session') recordSession(jobs, id, event.id);
    });
    failpoint('events-committed');
    for (const event of events) absorb(live, event);
    if (live.summary.result && !hadResult) after(lingerMs, () => killProcesses(job));
  };

  const follower = followJob({
    folder: folderOf(jobs.paths.jobs, id),
    identity,
    // An agent that lost its supervisor goes on, and its own word on the result still counts.
    lingers: () => carriers(markerOf(job)).length > 0,
    fromOffset: job.outputOffset,
    onLines: ingest,
  });
  live.release = () => {
    for (const timer of timers) clearTimeout(timer);
    follower.close();
  };
  jobs.live.set(id, live);
  const ran = job.startedUptimeMs === null ? 0 : Math.max(0, uptimeMs() - job.startedUptimeMs);
  after(Math.max(0, job.timeLimitMs - ran), () => stop(jobs, id, 'timed_out'));
  if (job.stopReason) after(0, () => killProcesses(job));

  follower.ended.then(
    (end) => {
      live.release();
      conclude(jobs, id, live.summary, end);
    },
    (error: unknown) => jobs.log.error({ job: id, error: wordsOf(error) }, 'job could not be followed'),
  );
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
  return agent
    .parse(line.text)
    .map((event) => (event.type === 'raw' ? { ...event, line: event.line.slice(0, longestRaw) } : event));
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
