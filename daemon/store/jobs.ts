import type { ErrorCode } from '../../shared/errors.ts';
import { type JobState, jobId, type Outcome, type StopReason, sourcesOf } from '../../shared/job.ts';
import type { Identity } from '../runner/process.ts';
import type { Db } from './open.ts';

/** One row of `jobs`. Times are ms since the epoch. */
export interface Job {
  sequence: number;
  id: string;
  callKey: string | null;
  agent: string;
  state: JobState;
  background: 0 | 1;
  host: string;
  hostSession: string | null;
  caller: string;
  scope: string;
  parent: string | null;
  /** The job that began the delegation tree; its own id where nobody asked from inside a job, null in jobs of old. */
  root: string | null;
  /** JSON: the budgets that it counts into, with their limits. */
  budgets: string;
  depth: number;
  nonce: string;
  task: string;
  cwd: string;
  policy: string;
  mode: string;
  model: string | null;
  reasoning: string | null;
  thinking: string | null;
  timeLimitMs: number;
  sessionId: string | null;
  pid: number | null;
  startTime: string | null;
  bootId: string | null;
  outputOffset: number;
  stopReason: StopReason | null;
  exitCode: number | null;
  errorCode: ErrorCode | null;
  errorMessage: string | null;
  /** Of this run alone, cached ones included; null where the CLI has not told. */
  inputTokens: number | null;
  outputTokens: number | null;
  cachedTokens: number | null;
  costUsd: number | null;
  /** 1: by the owner's prices, since the CLI tells no cost. */
  costEstimated: 0 | 1;
  usageAt: number | null;
  createdAt: number;
  startedAt: number | null;
  startedUptimeMs: number | null;
  endedAt: number | null;
  deliveredAt: number | null;
  diskBytes: number;
}

/** What a submitter decides; the store adds the id. `root`: null for a job that begins a tree. */
export type NewJob = Pick<
  Job,
  | 'callKey'
  | 'agent'
  | 'background'
  | 'host'
  | 'hostSession'
  | 'caller'
  | 'scope'
  | 'parent'
  | 'root'
  | 'budgets'
  | 'depth'
  | 'nonce'
  | 'task'
  | 'cwd'
  | 'policy'
  | 'mode'
  | 'model'
  | 'reasoning'
  | 'thinking'
  | 'timeLimitMs'
  | 'sessionId'
  | 'createdAt'
>;

/** Where a job that runs counts: its agent, its delegation tree, and the host whose ask began that. */
export type Place = Record<'agent' | 'tree' | 'host', string>;

/** The agents, hosts and trees that have no place for another job. */
export type Full = Record<'agents' | 'hosts' | 'trees', readonly string[]>;

/** What a job has spent so far. */
export type Spent = Pick<Job, 'inputTokens' | 'outputTokens' | 'cachedTokens' | 'costUsd' | 'costEstimated'>;

/** What a notice says of a job that nobody has read, and whose it is. */
export type Unread = Pick<Job, 'id' | 'agent' | 'state' | 'endedAt' | 'scope' | 'hostSession' | 'caller'>;

export interface Ending {
  state: Outcome;
  exitCode: number | null;
  errorCode: ErrorCode | null;
  errorMessage: string | null;
  endedAt: number;
  diskBytes: number;
}

const columns = `sequence, id, call_key as callKey, agent, state, background, host, host_session as hostSession, caller,
  scope, parent, root, budgets, depth, nonce, task, cwd, policy, mode, model, reasoning, thinking, time_limit_ms as timeLimitMs,
  session_id as sessionId, pid, start_time as startTime, boot_id as bootId, output_offset as outputOffset,
  stop_reason as stopReason, exit_code as exitCode, error_code as errorCode, error_message as errorMessage,
  input_tokens as inputTokens, output_tokens as outputTokens, cached_tokens as cachedTokens, cost_usd as costUsd,
  cost_estimated as costEstimated, usage_at as usageAt,
  created_at as createdAt, started_at as startedAt, started_uptime_ms as startedUptimeMs, ended_at as endedAt,
  delivered_at as deliveredAt, disk_bytes as diskBytes`;

/** For lists: a task may be as long as a message, and a list of them would not fit into memory. */
export const brief = columns.replace(' task,', ' substr(task, 1, 200) as task,');

const topHost = 'coalesce((select top.host from jobs top where top.id = jobs.root), host)';

const from = (to: JobState): string =>
  sourcesOf(to)
    .map((state) => `'${state}'`)
    .join(', ');

const fewUnread = 10;

/** The statements on `jobs`, prepared once. Only `daemon/jobs` calls the ones that write. */
export function jobStatements(db: Db) {
  const insert = db.prepare(
    `insert into jobs (sequence, id, state, call_key, agent, background, host, host_session, caller, scope, parent, root,
       budgets, depth, nonce, task, cwd, policy, mode, model, reasoning, thinking, time_limit_ms, session_id, created_at)
     values (@sequence, @id, 'queued', @callKey, @agent, @background, @host, @hostSession, @caller, @scope, @parent,
       coalesce(@root, @id), @budgets, @depth, @nonce, @task, @cwd, @policy, @mode, @model, @reasoning, @thinking,
       @timeLimitMs, @sessionId, @createdAt)`,
  );
  // The number that `autoincrement` would give; ids are made of it.
  const next = db.prepare<[], { sequence: number }>(
    `select coalesce((select seq from sqlite_sequence where name = 'jobs'), 0) + 1 as sequence`,
  );
  const one = db.prepare<[string], Job>(`select ${columns} from jobs where id = ?`);
  const stateOf = db.prepare<[string], Pick<Job, 'state'>>('select state from jobs where id = ?');
  const byKey = db.prepare<[string], Job>(`select ${columns} from jobs where call_key = ?`);
  // `+`: else SQLite goes through all jobs in their order, for 100,000 of them 600 ms instead of the few unfinished ones.
  const unfinished = db.prepare<[], Job>(`select ${columns} from jobs where ended_at is null order by +sequence`);
  const unfinishedIds = db.prepare<[], Pick<Job, 'id'>>(
    'select id from jobs where ended_at is null order by +sequence',
  );
  const processes = db.prepare<[], Pick<Job, 'id' | 'pid' | 'startTime'>>(
    'select id, pid, start_time as startTime from jobs where ended_at is null and pid is not null',
  );
  const inScope = db.prepare<[string, number], Job>(
    `select ${brief} from jobs where scope = ? order by sequence desc limit ?`,
  );
  // Every answer looks for them, and mostly there is none: 6 µs instead of 18. There may be hundreds: of each no more
  // than a notice needs.
  const anyUnread = db.prepare<[string], { found: number }>(
    `select exists (select 1 from jobs
       where scope = ? and background = 1 and delivered_at is null and ended_at is not null) as found`,
  );
  const unread = db.prepare<[string, number], Unread>(
    `select id, agent, state, ended_at as endedAt, scope, host_session as hostSession, caller from jobs
     where scope = ? and background = 1 and delivered_at is null and ended_at is not null order by sequence limit ?`,
  );
  // A parent that has delegated waits for its child and gives its place up; else limits would block nested asks.
  const running = db.prepare<[], Place>(
    `select agent, coalesce(root, id) as tree, ${topHost} as host from jobs
     where state in ('starting', 'running') and ended_at is null
       and not exists (select 1 from jobs child where child.parent = jobs.id and child.ended_at is null)`,
  );
  // Two asks on one session run one after the other, the older first. One row of each caller, its oldest: the numbers
  // first, since sorting a queue of a thousand whole rows took 2 ms at every start and end of a job.
  const candidates = db.prepare<[Record<keyof Full, string>], Job & { busy: number }>(
    `select ${columns}, (
       select count(*) from jobs busy
       where busy.caller = jobs.caller and busy.state in ('starting', 'running') and busy.ended_at is null) as busy
     from jobs where sequence in (
       select min(sequence) from jobs
       where state = 'queued' and ended_at is null and stop_reason is null
         and agent not in (select value from json_each(@agents))
         and coalesce(root, id) not in (select value from json_each(@trees))
         and (@hosts = '[]' or ${topHost} not in (select value from json_each(@hosts)))
         and (session_id is null or not exists (
           select 1 from jobs other
           where other.agent = jobs.agent and other.session_id = jobs.session_id and other.ended_at is null
             and other.sequence < jobs.sequence))
       group by caller)
     order by sequence`,
  );
  const ahead = db.prepare<[number], { count: number }>(
    `select count(*) as count from jobs where state = 'queued' and ended_at is null and sequence < ?`,
  );
  const counts = db.prepare<[], { state: JobState; count: number }>(
    `select state, count(*) as count from jobs where ended_at is null group by state
     union all select state, jobs from totals where jobs > 0`,
  );
  const starting = db.prepare(
    `update jobs set state = 'starting', started_uptime_ms = ? where id = ? and state in (${from('starting')})`,
  );
  const requeued = db.prepare(
    `update jobs set state = 'queued', pid = null, start_time = null, boot_id = null, started_at = null where id = ? and state in (${from('queued')})`,
  );
  const started = db.prepare(
    `update jobs set state = 'running', pid = @pid, start_time = @startTime, boot_id = @bootId, started_at = max(@at, created_at),
       started_uptime_ms = @uptimeMs where id = @id and state in (${from('running')})`,
  );
  const ended = db.prepare(
    `update jobs set state = @state, exit_code = @exitCode, error_code = @errorCode, error_message = @errorMessage,
       disk_bytes = @diskBytes, ended_at = max(@endedAt, coalesce(started_at, created_at)) where id = @id and ended_at is null`,
  );
  const spend = db.prepare(
    `update jobs set input_tokens = @inputTokens, output_tokens = @outputTokens, cached_tokens = @cachedTokens,
       cost_usd = @costUsd, cost_estimated = @costEstimated, usage_at = @at where id = @id`,
  );
  const stopping = db.prepare(
    'update jobs set stop_reason = ? where id = ? and stop_reason is null and ended_at is null',
  );
  const diskBytes = db.prepare<[], { bytes: number }>('select coalesce(sum(disk_bytes), 0) as bytes from totals');
  const removable = db.prepare<[number], Pick<Job, 'id' | 'diskBytes'> & { endedAt: number }>(
    `select id, ended_at as endedAt, disk_bytes as diskBytes from jobs
     where ended_at is not null and not (background = 1 and delivered_at is null) order by ended_at, sequence limit ?`,
  );
  const withWords = db.prepare<{ before: number; most: number }, { id: string }>(
    `select id from jobs
     where ended_at is not null and task <> '' and ended_at < @before and coalesce(delivered_at, 0) < @before
       and not (background = 1 and delivered_at is null) order by ended_at limit @most`,
  );
  const forgetWords = db.prepare(
    `update jobs set task = '', error_message = null where id = ? and ended_at is not null`,
  );
  const remove = db.prepare('delete from jobs where id = ? and ended_at is not null');
  const background = db.prepare('update jobs set background = 1 where id = ? and background = 0');
  const delivered = db.prepare('update jobs set delivered_at = ? where id = ? and delivered_at is null');
  const session = db.prepare('update jobs set session_id = ? where id = ?');
  const offset = db.prepare('update jobs set output_offset = ? where id = ?');

  const mustChange = (what: string, id: string, changes: number): void => {
    if (changes !== 1) throw new Error(`job ${id} cannot become ${what} from its present state`);
  };

  return {
    /** Adds a queued job. Call it in a transaction with whatever must be accepted with it. */
    insert(job: NewJob): Job {
      const { sequence } = next.get() as { sequence: number };
      const id = jobId(job.agent, sequence);
      insert.run({ ...job, sequence, id });
      return one.get(id) as Job;
    },
    get: (id: string): Job | undefined => one.get(id),
    stateOf: (id: string): JobState | undefined => stateOf.get(id)?.state,
    byCall: (key: string): Job | undefined => byKey.get(key),
    unfinished: (): Job[] => unfinished.all(),
    unfinishedIds: (): string[] => unfinishedIds.all().map(({ id }) => id),
    /** The jobs that have a process. */
    processes: () => processes.all(),
    inScope: (scope: string, limit: number): Job[] => inScope.all(scope, limit),
    /** Ended background jobs whose result nobody has read, oldest first. */
    unread(scope: string): Iterable<Unread> {
      if (!anyUnread.get(scope)?.found) return [];
      // To ask for one after the other costs as much as a hundred at once.
      const first = unread.all(scope, fewUnread);
      return first.length < fewUnread ? first : unread.iterate(scope, -1);
    },
    /** The jobs that hold a place. */
    placesHeld: (): Place[] => running.all(),
    /** The oldest job of each caller that may start, of none that is `full`; `busy`: how many it has running. */
    candidates: ({ agents, hosts, trees }: Full) =>
      candidates.all({
        agents: JSON.stringify(agents),
        hosts: JSON.stringify(hosts),
        trees: JSON.stringify(trees),
      }),
    /** How many queued jobs are older. */
    ahead: (job: Job): number => (ahead.get(job.sequence) as { count: number }).count,
    counts: (): Record<string, number> => Object.fromEntries(counts.all().map(({ state, count }) => [state, count])),
    /** `uptimeMs`: of now; should the daemon die before the process is known, its time limit counts from here. */
    starting: (id: string, uptimeMs: number): void =>
      mustChange('starting', id, starting.run(Math.round(uptimeMs), id).changes),
    requeued: (id: string): void => mustChange('queued', id, requeued.run(id).changes),
    running: (id: string, identity: Identity, at: number, uptimeMs: number): void =>
      mustChange('running', id, started.run({ id, ...identity, at, uptimeMs: Math.round(uptimeMs) }).changes),
    /** Ends a job once; returns false where it had ended before, and changes nothing then. */
    end: (id: string, ending: Ending): boolean => ended.run({ id, ...ending }).changes === 1,
    /** Records what a job has spent so far, in all; its accounts follow. */
    spent: (id: string, spent: Spent, at: number): void => void spend.run({ id, ...spent, at }),
    /** Bytes of the folders of all ended jobs. */
    diskBytes: (): number => (diskBytes.get() as { bytes: number }).bytes,
    /** Ended jobs that nobody still has to read, the first ended first. */
    removable: (limit: number) => removable.all(limit),
    /** Ended jobs that still have their words, and nobody still has to read; the first ended first. */
    withWords: (before: number, most: number): string[] => withWords.all({ before, most }).map(({ id }) => id),
    /** Takes task and error out of an ended job's row. */
    forgetWords: (id: string): void => void forgetWords.run(id),
    /** Removes an ended job and its events; its id is not used again. */
    remove: (id: string): void => void remove.run(id),
    /** Records why a job is stopped; false where another reason came first or it has ended. */
    stopping: (id: string, reason: StopReason): boolean => stopping.run(reason, id).changes === 1,
    background: (id: string): void => void background.run(id),
    /** False where it had been delivered before. */
    delivered: (id: string, at: number): boolean => delivered.run(at, id).changes === 1,
    session: (id: string, sessionId: string): void => void session.run(sessionId, id),
    offset: (id: string, bytes: number): void => void offset.run(bytes, id),
  };
}
