import * as darwin from './process-darwin.ts';
import * as linux from './process-linux.ts';

/** Who a process is. A pid alone may be reused; with its start time and the boot it names one process for ever. */
export interface Identity {
  pid: number;
  startTime: string;
  bootId: string;
}

/** One live process. `startTime` is opaque: equal or not, nothing else. */
export interface Row {
  pid: number;
  startTime: string;
  parent: number;
  group: number;
}

/** What a platform tells about processes. A zombie is no process here: it can neither run nor be stopped. */
interface ProcessTable {
  bootId(): string;
  look(pid: number): Row | undefined;
  all(): Row[];
  /** The processes that were started with `NAME=value` in their environment. */
  carriers(entry: string): number[];
  environmentOf(pid: number): Record<string, string> | undefined;
  lastPid(): number | undefined;
  leftInSession(leader: number, before: number): boolean;
}

const table: ProcessTable = process.platform === 'darwin' ? darwin : linux;

const entryOf = (marker: string): string => `QANTARA_JOB=${marker}`;

/** Names this boot of the machine; pids and start times of another one mean nothing. */
export const bootId = (): string => table.bootId();

/** The identity of a live process, or undefined. */
export function identify(pid: number): Identity | undefined {
  const row = table.look(pid);
  return row && { pid, startTime: row.startTime, bootId: table.bootId() };
}

/** True while exactly that process lives; a zombie does not, nor does a later process with its pid. */
export function isAlive(identity: Identity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** A live process, its parent, and so on up to and without init. Empty where there is no such process. */
export function lineageOf(pid: number): Row[] {
  const found: Row[] = [];
  for (let row = table.look(pid); row && row.pid > 1; row = table.look(row.parent)) found.push(row);
  return found;
}

/** Every live process that is visible to this user. */
export const processes = (): Row[] => table.all();

/** The live processes of a process group. */
export const groupMembers = (group: number): number[] =>
  table
    .all()
    .filter((row) => row.group === group)
    .map((row) => row.pid);

/** The live processes that carry `QANTARA_JOB=<marker>`: what a job started, however it detached itself. */
export const carriers = (marker: string): number[] =>
  table.carriers(entryOf(marker)).filter((pid) => table.look(pid) !== undefined);

/** The environment that a process was started with; undefined where it has gone or the platform does not tell (macOS). */
export const environmentOf = (identity: Pick<Identity, 'pid' | 'startTime'>): Record<string, string> | undefined =>
  table.look(identity.pid)?.startTime === identity.startTime ? table.environmentOf(identity.pid) : undefined;

/** Where pids are given in order: the last one. Whatever is started from now on has a greater one, until they begin anew. */
export const lastPid = (): number | undefined => table.lastPid();

/**
 * Whether a process that was started after the pid `before` is left in a session besides its leader. True where that
 * cannot be told at little cost: on macOS, after many processes, and when pids began anew meanwhile.
 */
export const leftInSession = (leader: number, before: number | undefined): boolean =>
  before === undefined || table.leftInSession(leader, before);
