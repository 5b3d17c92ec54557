import { setTimeout as sleep } from 'node:timers/promises';
import { failpoint } from '../failpoint.ts';
import { bootId, carriers, groupMembers, type Identity, isAlive, processes, type Row } from './process.ts';

export interface Target {
  /** The supervisor; undefined where the job never got a process that was recorded. */
  identity?: Identity;
  /** What everything that the job started carries in `QANTARA_JOB`. Unique on the machine. */
  marker: string;
  /** How long TERM has before KILL; ms. */
  graceMs: number;
}

const shortestPollMs = 10;
const longestPollMs = 200;
/** How long KILL is repeated for what keeps appearing, and how long the supervisor has to record the exit; ms. */
const killMs = 3_000;
const lastLookMs = 1_000;

/**
 * Signals one process, or with a negative number a group. One that has just gone is what was wanted; one that took
 * another user's id (sudo) is out of reach and must not keep the others alive.
 */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Polls until `gone`, at most `limitMs`; whether it came true. */
async function until(gone: () => boolean, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (let pauseMs = shortestPollMs; !gone(); pauseMs = Math.min(pauseMs * 2, longestPollMs)) {
    if (performance.now() > deadline) return false;
    await sleep(pauseMs);
  }
  return true;
}

/**
 * What belongs to a job besides its supervisor: the group while exactly that supervisor lives, whoever carries the
 * marker, and the descendants of all these, which finds a process that left the group and was given a clean
 * environment. Once seen, a process stays known, so that it is found again after its parent has died. Never this
 * process nor what it started: an agent's shim may have started this daemon.
 */
function family({ identity, marker }: Target): () => Map<number, Identity> {
  let known = new Map<number, Identity>();
  return () => {
    // In this order: a pid that another process took over after `rows` was read has another start time by then.
    const rows = processes();
    const marked = new Set(carriers(marker));
    const supervised = identity !== undefined && isAlive(identity);
    const belongs = ({ pid, group, startTime }: Row): boolean =>
      marked.has(pid) || (supervised && group === identity.pid) || known.get(pid)?.startTime === startTime;
    const members = new Set(rows.filter(belongs).map((row) => row.pid));
    members.delete(process.pid);
    for (let before = -1; before !== members.size; ) {
      before = members.size;
      for (const { pid, parent } of rows) if (members.has(parent) && pid !== process.pid) members.add(pid);
    }
    const found = rows.filter(({ pid }) => members.has(pid) && pid !== identity?.pid);
    known = new Map(found.map(({ pid, startTime }) => [pid, { pid, startTime, bootId: bootId() }]));
    return known;
  };
}

/**
 * Ends a job's processes: TERM to its group and to what has left it; after the grace period KILL to all but the
 * supervisor, so that it records the exit code; then the supervisor, if it is still there. Resolves when nothing is
 * left, or 4 s after the grace period when something cannot be killed. A process is looked at again right before
 * its signal, so none goes to a pid that has come to be another process's.
 *
 * Not found: a process that left the group, lost its parent and was given a clean environment before this began.
 */
export async function stopJob(target: Target): Promise<void> {
  const { identity, graceMs } = target;
  const others = family(target);
  const supervised = (): boolean => identity !== undefined && isAlive(identity);
  const gone = (): boolean => !supervised() && others().size === 0;
  const signalAll = (found: Iterable<Identity>, name: NodeJS.Signals): void => {
    for (const one of found) if (isAlive(one)) signal(one.pid, name);
  };
  // Before the first signal: a parent that dies of it takes the trace to its children along.
  const atFirst = [...others().values()];
  const group = identity && supervised() ? identity.pid : undefined;
  const inGroup = new Set(group === undefined ? [] : groupMembers(group));
  if (group !== undefined) signal(-group, 'SIGTERM');
  signalAll(
    atFirst.filter(({ pid }) => !inGroup.has(pid)),
    'SIGTERM',
  );
  failpoint('signals-sent');
  if (await until(gone, graceMs)) return;
  // A process may be starting another one while it is killed: again until none is found.
  const killed = await until(() => {
    signalAll(others().values(), 'SIGKILL');
    return gone();
  }, killMs);
  if (killed) return;
  if (identity) signalAll([identity], 'SIGKILL');
  await until(gone, lastLookMs);
}
