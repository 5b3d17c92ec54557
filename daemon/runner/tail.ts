import { watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobFolder, readExit } from './folder.ts';
import { type Line, lineSplitter } from './lines.ts';
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
  /** Nothing beyond this byte of the output is read. */
  maxBytes?: number;
  /**
   * Gets complete lines in order, each made when it is asked for: of a chunk's lines, one is in memory at a time. Takes
   * all of them, if there are any; the next ones come when it has returned or resolved.
   */
  onLines(lines: Iterable<Line>): void | Promise<void>;
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
/** Each is one transaction: with a quarter of this, 40 MB took 980 ms of processor time instead of 800, and as much memory. */
const chunkBytes = 512 * 1024;
/** Watches can miss a change (network file systems, a full inotify queue); ms. */
const safetyMs = 1_000;
/** Where nothing can be watched, because the person's inotify watches are used up; ms. */
const unwatchedMs = 100;
/** The supervisor reports the exit code as its last act; a moment for the file to be seen by this process; ms. */
const settleMs = 100;

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
 * second. Holds one chunk and at most one unfinished line. The end is read from the exit file; a supervisor that is
 * gone without one is lost. What a process that the agent left behind writes after the end is not waited for.
 */
export function followJob(follow: Follow): Follower {
  const { folder, fromOffset, maxBytes = Number.POSITIVE_INFINITY, onLines } = follow;
  const splitter = lineSplitter(fromOffset, maxLineBytes);
  let file: FileHandle | undefined;
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
  const give = async (lines: Iterable<Line>): Promise<void> => {
    if (!closed) await onLines(lines);
  };
  const openOutput = async (): Promise<FileHandle | undefined> => {
    try {
      return await open(folder.output, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // it may never get that far
      throw error;
    }
  };
  /** Reads as far as the output reaches now, however fast somebody writes. False where there was nothing new. */
  const drain = async (): Promise<boolean> => {
    file ??= await openOutput();
    if (!file) return false;
    const limit = Math.min(maxBytes, (await file.stat()).size);
    if (closed || position >= limit) return false;
    // Not larger than what there is: most looks find a line or two, and there are many looks.
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, limit - position));
    while (!closed && position < limit) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, limit - position), position);
      if (bytesRead === 0) return false;
      position += bytesRead;
      await give(splitter.push(buffer.subarray(0, bytesRead)));
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
        const rest = splitter.flush();
        if (rest.length > 0) await give(rest);
        return closed ? undefined : end;
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
    .finally(async () => {
      close();
      await file?.close();
    })
    .then((end) => end ?? new Promise<never>(() => {})); // closed: nobody learns an end
  return { ended, close };
}
