import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { reportLength } from '../../daemon/runner/supervisor.ts';
import type { AgentEvent } from '../../shared/events.ts';
import type { Machine } from './bridge.ts';
import { isAlive, processesOf } from './processes.ts';
import { until } from './wait.ts';

/** What the store says of one job, read from the file itself. Times are ms since the epoch. */
export interface StoredJob {
  id: string;
  state: string;
  task: string;
  exitCode: number | null;
  errorCode: string | null;
  errorMessage: string | null;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** The numbers of its events as the table counts them, in its order. */
  seqs: number[];
  events: AgentEvent[];
}

/** Every job with its events, in the order of their ids. The daemon should have stopped. */
export function storedJobs(machine: Machine): StoredJob[] {
  const db = new Database(machine.paths.database, { readonly: true });
  try {
    const rows = db
      .prepare<[], Omit<StoredJob, 'seqs' | 'events'>>(
        `select id, state, task, exit_code as exitCode, error_code as errorCode, error_message as errorMessage,
           created_at as createdAt, started_at as startedAt, ended_at as endedAt from jobs order by sequence`,
      )
      .all();
    const events = db.prepare<[string], { seq: number; body: string }>(
      `select last - json_array_length(bodies) + 1 + key as seq, value as body from events, json_each(bodies)
       where job = ? order by last, key`,
    );
    return rows.map((row) => {
      const own = events.all(row.id);
      return { ...row, seqs: own.map(({ seq }) => seq), events: own.map(({ body }) => JSON.parse(body) as AgentEvent) };
    });
  } finally {
    db.close();
  }
}

/** The texts of a job's messages, in order. */
export const messagesOf = (job: StoredJob): string[] =>
  job.events.flatMap((event) => (event.type === 'message' ? event.text : []));

/** 1, 2, … `count`: what `seqs` must be. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

/** The job folders that still hold an environment. */
export const environmentsIn = (machine: Machine): string[] =>
  readdirSync(machine.paths.jobs).filter((id) => statSync(join(machine.paths.jobs, id, 'run')).size > reportLength);

/** Stops the daemon, if one runs, and returns when no process of this machine is left. Throws with their names. */
export async function halt(machine: Machine): Promise<void> {
  await machine.qantara('daemon', 'stop');
  const left = () => processesOf(machine.home);
  await until(() => left().length === 0, { timeoutMs: 10_000, what: 'every process to be gone' }).catch(() => {
    throw new Error(`still there: ${left().map(({ pid, command }) => `${pid} ${command}`)}`);
  });
}

/** Pid of the daemon that listens; undefined while none does. */
export function listeningPid(machine: Machine): number | undefined {
  try {
    const pid = Number(readFileSync(machine.paths.pid, 'utf8'));
    return pid > 0 && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined; // none has ever listened
  }
}

/** The daemons of this machine, also one that is only starting; where the platform does not tell, the one that listens. */
export function daemonsOf(machine: Machine): number[] {
  if (process.platform !== 'linux') return [listeningPid(machine)].filter((pid) => pid !== undefined);
  return processesOf(machine.home)
    .filter(({ pid, command }) => command.includes('qantara-daemon.js') && threadsOf(pid) > 1)
    .map(({ pid }) => pid);
}

/** Node has several; what it has forked and is about to become another program has one and still looks like it. */
function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0; // it has ended
  }
}
