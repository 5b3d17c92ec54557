import { closeSync, fstatSync, openSync, readSync, watch } from 'node:fs';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Bulk } from '../../shared/agents/agent.ts';
import { type JobFolder, readExit } from './folder.ts';
import { type Line, lastLine, linesIn, splitterFrom } from './lines.ts';
import { type Identity, isAlive } from './process.ts';

export type { Line } from './lines.ts';

/** How the process ended: its exit code and when, or the evidence that this cannot be known. */
export type ProcessEnd = { code: number; endedAtMs: number } | { lost: string };

export interface Follow {
  folder: JobFolder;
  /** The supervisor; without it only the exit file tells the end. */
  identity: Identity | undefined;
  /** Asked when the supervisor is gone without an exit code: whether anything of the job still runs, unsupervised. */
  lingers?(): boolean;
  /** Byte of the output from which to read. */
  fromOffset: number;
  /** What is passed over in long lines. */
  bulk?: Bulk;
  /** Nothing beyond this byte of the output is read. */
  maxBytes?: number;
  /**
   * Gets complete lines in order, each made when it is asked for: of a chunk's lines, one is in memory at a time. Takes
   * all of them, if there are any, before it returns.
   */
  onLines(lines: Iterable<Line>): void;
}

export interface Follower {
  /**
   * Resolves once, after the last line was given; never after `close`. Rejects when `onLines` or reading fails: what
   * was not taken is read again by whoever follows anew from the last offset.
   */
  ended: Promise<ProcessEnd>;
  /** Stops following and frees the watch and the descriptor; the process is not touched. */
  close(): void;
}

const maxLineBytes = 16 * 1024 * 1024;
/**
 * What is read at once, by whoever follows a job, and taken before anybody else reads; about 5 ms. Each is one
 * transaction; with a quarter of this a large ingest took a tenth longer.
 */
const chunk = Buffer.allocUnsafeSlow(1024 * 1024);
/** Who has more than this to read waits for its turn; bytes. */
const brief = 64 * 1024;
/** Watches can miss a change (network file systems, a full inotify queue); ms. */
const safetyMs = 1_000;
/** Where nothing can be watched, because the person's inotify watches are used up; ms. */
const unwatchedMs = 100;
/** The supervisor reports the exit code as its last act; a moment for the file to be seen by this process; ms. */
const settleMs = 100;

/** Settles when those who asked before have had their turn, one in each turn of the event loop. */
let lastTurn = Promise.resolve();
const nextTurn = (): Promise<void> => {
  lastTurn = lastTurn.then(() => turn());
  return lastTurn;
};

/** Calls `onChange` when something in the folder may have changed. Never throws. Returns what ends it. */
function watchFolder(dir: string, onChange: () => void): () => void {
  let poll: NodeJS.Timeout;
  const pollEvery = (ms: number): void => {
    clearInterval(poll);
    poll = setInterval(onChange, ms).unref();
  };
  pollEvery(safetyMs);
  try {
    const watcher = watch(dir, { persistent: false }, onChange);
    watcher.on('error', () => pollEvery(unwatchedMs));
    return () => {
      clearInterval(poll);
      watcher.close();
    };
  } catch {
    // ENOSPC: the job is followed all the same
    pollEvery(unwatchedMs);
    return () => clearInterval(poll);
  }
}

/** The exit, or that it is lost, or undefined while the process runs. */
async function endOf({ folder, identity, lingers }: Follow): Promise<ProcessEnd | undefined> {
  const exit = readExit(folder);
  if (exit || !identity || isAlive(identity)) return exit;
  await sleep(settleMs);
  const late = readExit(folder);
  if (late || lingers?.()) return late;
  return { lost: 'its supervisor is gone and left no exit code.' };
}

/**
 * Follows the output of a job, started by this process or found running: one watch on its folder and a poll a
 * second. Holds at most one unfinished line. The end is read from the supervisor's report; a supervisor that is gone
 * without one is lost. What a process that the agent left behind writes after the end is not waited for.
 */
export function followJob(follow: Follow): Follower {
  const { folder, fromOffset, bulk, maxBytes = Number.POSITIVE_INFINITY, onLines } = follow;
  const splitter = splitterFrom(fromOffset, maxLineBytes, bulk);
  let file: number | undefined;
  let position = fromOffset;
  let closed = false;
  let changed = false;
  let wake = (): void => {};
  const stopWatching = watchFolder(folder.dir, () => {
    changed = true;
    wake();
  });

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      if (changed || closed) resolve();
    });
  const openOutput = (): number | undefined => {
    try {
      return openSync(folder.output, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // it may never get that far
      throw error;
    }
  };
  /**
   * Reads as far as the output reaches now, however fast somebody writes. Those who read much take turns, so a call
   * waits for one chunk, however many jobs there are. False where there was nothing new. What is read was just written,
   * so no disk is waited for.
   */
  const drain = async (): Promise<boolean> => {
    file ??= openOutput();
    if (file === undefined) return false;
    const limit = Math.min(maxBytes, fstatSync(file).size);
    if (position >= limit) return false;
    while (position < limit) {
      if (limit - position > brief) await nextTurn();
      if (closed) break;
      const bytes = readSync(file, chunk, 0, Math.min(chunk.length, limit - position), position);
      if (bytes === 0) return false;
      position += bytes;
      onLines(linesIn(splitter, chunk.subarray(0, bytes)));
    }
    return true;
  };
  const run = async (): Promise<ProcessEnd | undefined> => {
    while (!closed) {
      changed = false;
      // Asked before reading: what was written before the end is then read completely.
      const end = await endOf(follow);
      const more = await drain();
      if (end) {
        const rest = lastLine(splitter);
        if (closed) return undefined;
        if (rest.length > 0) onLines(rest);
        return end;
      }
      if (!more) await pause();
    }
    return undefined;
  };
  const close = (): void => {
    closed = true;
    stopWatching();
    wake();
  };
  const ended = run()
    .finally(() => {
      close();
      if (file !== undefined) closeSync(file);
    })
    .then((end) => end ?? new Promise<never>(() => {})); // closed: nobody learns an end
  return { ended, close };
}
