import { createHash } from 'node:crypto';
import { accessSync, constants, lstatSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { QantaraError, wordsOf } from '../shared/errors.ts';

/** A settings file as setup found it. */
export interface Snapshot {
  /** As the host names it. */
  path: string;
  /** Where the bytes are: `path` with all links resolved. */
  target: string;
  /** Undefined where there is no file. */
  text: string | undefined;
  /** Permission bits; undefined where there is no file. */
  mode?: number;
}

/** Bytes; more than any settings file has, and little enough to hold several times. */
const mostBytes = 64 * 1024 * 1024;

/** For a file that setup leaves alone: the sentence for the person, with the remedy. */
export const untouched = (path: string, problem: string, remedy: string, cause?: unknown): QantaraError =>
  new QantaraError('file_untouched', { path, problem, remedy }, cause);

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Reads a settings file and makes sure that it could be replaced. Throws `file_untouched` when it is no plain file,
 * not UTF-8, read-only, or in a folder that cannot be written to.
 */
export function snapshotOf(path: string): Snapshot {
  const link = statOf(path, lstatSync);
  if (!link) {
    requireFolder(path);
    return { path, target: path, text: undefined };
  }
  const target = targetOf(path, link);
  const found = statSync(target);
  if (!found.isFile()) throw untouched(path, 'it is no file', 'Move it away, then run setup again.');
  if (found.size > mostBytes)
    throw untouched(path, 'it is larger than 64 MiB', 'Make it smaller, then run setup again.');
  if (!isWritable(target, found) || !isWritable(dirname(target), statSync(dirname(target)))) {
    throw untouched(
      path,
      target === path ? 'it may not be written to' : `its target ${target} may not be written to`,
      'If something else manages it, register qantara there (`qantara setup --dry-run` shows how); otherwise make it writable and run setup again.',
    );
  }
  return { path, target, text: textOf(path, target), mode: found.mode & 0o7777 };
}

function statOf(path: string, stat: (path: string) => Stats): Stats | undefined {
  try {
    return stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw untouched(path, `it cannot be looked at (${wordsOf(error)})`, 'Mend that, then run setup again.', error);
  }
}

function targetOf(path: string, link: Stats): string {
  try {
    return link.isSymbolicLink() ? realpathSync(path) : path;
  } catch (error) {
    throw untouched(
      path,
      'it is a link that leads nowhere',
      'Remove the link or make its target, then run setup again.',
      error,
    );
  }
}

/** The nearest folder that exists must take new entries. */
function requireFolder(path: string): void {
  let folder = dirname(path);
  for (;;) {
    const found = statOf(folder, statSync);
    if (found?.isDirectory() && isWritable(folder, found)) return;
    if (found || folder === dirname(folder)) {
      throw untouched(path, `the folder ${folder} may not be written to`, 'Make it writable and run setup again.');
    }
    folder = dirname(folder);
  }
}

/** The mode bits count as well: root may write everything, and read-only is still what the owner meant. */
function isWritable(path: string, { mode }: Stats): boolean {
  try {
    accessSync(path, constants.W_OK);
    return (mode & 0o222) !== 0;
  } catch {
    return false;
  }
}

function textOf(path: string, target: string): string {
  const bytes = readFileSync(target);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw untouched(path, 'it is not UTF-8 text', 'Save it as UTF-8 and run setup again.', error);
  }
}
