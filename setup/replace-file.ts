import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../shared/make-folder.ts';
import { type Snapshot, snapshotOf, untouched } from './snapshot.ts';

/**
 * Replacing a settings file in one step. Whatever happens, and whenever the process is killed, the path holds the old
 * text or the new one: the new text is written beside it, flushed, and renamed over it.
 */

const privateMode = 0o600;

export const backupPath = (path: string): string => `${path}.qantara.bak`;

/**
 * Gives the file of `before` the text `after`; undefined removes it. Keeps its mode, its owner and a link that leads
 * to it; a new file is its owner's alone. Throws `file_untouched` when it is no longer what `before` says, and when
 * reading it again does not give `after`.
 */
export function replaceFile(before: Snapshot, after: string | undefined): void {
  const { path, target, mode = privateMode } = before;
  sweep(target);
  if (after === undefined) {
    requireUnchanged(before);
    rmSync(target, { force: true });
    return flushFolder(target);
  }
  makeFolder(dirname(target));
  const temporary = writeBeside(target, after, mode);
  try {
    requireUnchanged(before);
    if (before.text === undefined) linkNew(temporary, target);
    else renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
  flushFolder(target);
  if (readFileSync(target, 'utf8') !== after) {
    throw untouched(path, 'something else wrote it at the same moment', 'Close the host and run setup again.');
  }
}

/** Keeps `text` in `<path>.qantara.bak`, with the mode of the file, unless there is one from an earlier run. Says whether it did. */
export function backUp(before: Snapshot, text: string): boolean {
  const backup = backupPath(before.path);
  sweep(backup);
  const temporary = writeBeside(backup, text, before.mode ?? privateMode);
  try {
    linkSync(temporary, backup);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(temporary, { force: true });
  }
  flushFolder(backup);
  return true;
}

/** Removes the backup when the file is again what it holds. */
export function dropBackup(path: string, text: string | undefined): void {
  try {
    if (readFileSync(backupPath(path), 'utf8') === text) rmSync(backupPath(path));
  } catch {
    // There is none, or it cannot be read: then it is not ours to remove.
  }
}

/** The folders above `path` that do not exist yet, outermost first. */
export function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = dirname(path); !exists(folder) && folder !== dirname(folder); folder = dirname(folder)) {
    missing.unshift(folder);
  }
  return missing;
}

/** Removes folders that setup made, innermost first, as far as they are empty. */
export function removeFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      return; // Something is in it by now.
    }
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A link cannot replace a file that came into being meanwhile, a rename would. */
function linkNew(temporary: string, target: string): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw changedMeanwhile(target);
    throw error;
  }
}

const changedMeanwhile = (path: string) =>
  untouched(path, 'it was changed while setup ran', 'Run setup again; close the host first if this comes back.');

function requireUnchanged(before: Snapshot): void {
  const now = snapshotOf(before.path);
  if (now.text !== before.text || now.target !== before.target) throw changedMeanwhile(before.path);
}

const mark = '.qantara-';

function writeBeside(target: string, text: string, mode: number): string {
  const temporary = join(dirname(target), `.${basename(target)}${mark}${process.pid}.tmp`);
  const descriptor = openSync(temporary, 'wx', privateMode);
  try {
    const owner = statSync(target, { throwIfNoEntry: false });
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    if (owner && (owner.uid !== process.getuid?.() || owner.gid !== process.getgid?.())) {
      fchownSync(descriptor, owner.uid, owner.gid);
    }
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return temporary;
}

/** Removes what killed runs left beside a file and its backup. */
export function sweepBeside({ path, target }: Snapshot): void {
  sweep(target);
  sweep(backupPath(path));
}

function sweep(target: string): void {
  const start = `.${basename(target)}${mark}`;
  if (!exists(dirname(target))) return;
  for (const name of readdirSync(dirname(target))) {
    const pid = name.startsWith(start) ? /^(\d+)\.tmp$/.exec(name.slice(start.length))?.[1] : undefined;
    if (pid && !isRunning(Number(pid))) rmSync(join(dirname(target), name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false; // A number that was used before; nothing of this run is there yet.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** So that the rename itself survives a power cut. Not every file system can; then the kernel decides. */
function flushFolder(target: string): void {
  try {
    const descriptor = openSync(dirname(target), 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The rename itself has happened.
  }
}
