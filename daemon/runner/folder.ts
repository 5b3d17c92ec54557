import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Report, reportIn, reportLength, unreported } from './supervisor.ts';

/** The files of one job. The folder is the durable truth of a run: it is written by the agent, not by the daemon. */
export interface JobFolder {
  dir: string;
  /** The prompt, the agent's stdin. */
  input: string;
  output: string;
  errors: string;
  /** The supervisor's pid, once that runs, and the agent's exit code, once that has ended; until then its environment. */
  run: string;
  /** The agent's whole answer, there once the job has ended with one. */
  answer: string;
  /** What the store says of the job, to rebuild it from. */
  record: string;
}

/** The paths of a job's files. `id` must have the shape of a job id, so it cannot leave `jobsDir`. */
export function folderOf(jobsDir: string, id: string): JobFolder {
  const dir = join(jobsDir, id);
  const file = (name: string) => join(dir, name);
  return {
    dir,
    input: file('in'),
    output: file('out'),
    errors: file('err'),
    run: file('run'),
    answer: file('answer'),
    record: file('job.json'),
  };
}

const createOnly = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

function create(path: string, text: string): void {
  const file = openSync(path, createOnly, 0o600);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/**
 * Clears the way for a new folder. Ids are not reused, so one of that name is left from a job that was never
 * accepted. Where an agent did run in it, the store has forgotten about that (it was lost or replaced): what the
 * agent left is moved aside, never deleted.
 */
function clear(folder: JobFolder): void {
  if (readPid(folder) === undefined) rmSync(folder.dir, { recursive: true, force: true });
  else renameSync(folder.dir, `${folder.dir}.kept-${Date.now()}`);
}

function makeEmpty(folder: JobFolder): void {
  try {
    mkdirSync(folder.dir, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    clear(folder);
    mkdirSync(folder.dir, { mode: 0o700 });
  }
  chmodSync(folder.dir, 0o700); // a strict umask took bits off
}

/**
 * Makes the folder of a job that is being accepted: 0700, its files 0600. They survive the death of every process when
 * this returns, as its row does, and like that not a power cut: to wait for the disk (seven times) took longer than
 * all the rest of an ask, 55 ms of 90 on a busy machine. Throws the error of the file system (ENOSPC, EACCES, …); what
 * it had made by then is replaced by the next try.
 */
export function prepareFolder(
  folder: JobFolder,
  { prompt, environment, record }: { prompt: string; environment: Record<string, string>; record: string },
): void {
  makeEmpty(folder);
  create(folder.input, prompt);
  create(folder.run, `${unreported}${JSON.stringify(environment)}`);
  create(folder.record, record);
}

/** Whether the prompt is there, with no fewer bytes than the task in it has: a power cut may have taken some. */
export const hasPrompt = (folder: JobFolder, task: string): boolean =>
  (statSync(folder.input, { throwIfNoEntry: false })?.size ?? -1) >= Buffer.byteLength(task);

/** The environment that a job was submitted with. Throws where it was forgotten or the folder is gone. */
export const takeEnvironment = (folder: JobFolder): Record<string, string> =>
  JSON.parse(readFileSync(folder.run, 'utf8').slice(reportLength)) as Record<string, string>;

/** Writes the file that holds the agent to its mode and returns its path. A second start writes the same again. */
export function putWall(folder: JobFolder, text: string): string {
  const path = join(folder.dir, 'wall.toml');
  rmSync(path, { force: true });
  create(path, text);
  return path;
}

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Removes the environment from disk; nothing needs it once the agent runs. When that ended, `run` still tells. */
export function forgetEnvironment(folder: JobFolder): void {
  let file: number;
  try {
    file = openSync(folder.run, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  try {
    const { size, atime, mtime } = fstatSync(file);
    if (size <= reportLength) return;
    ftruncateSync(file, reportLength);
    futimesSync(file, atime, mtime);
  } finally {
    closeSync(file);
  }
}

/** What the supervisor has reported; undefined before it did. Throws where the file cannot be read. */
function readReport(folder: JobFolder, what: keyof Report): number | undefined {
  try {
    return reportIn(readFileSync(folder.run, 'latin1'))[what];
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** How the agent ended, or undefined while that is not known. Throws where the file is there and cannot be read. */
export function readExit(folder: JobFolder): { code: number; endedAtMs: number } | undefined {
  const code = readReport(folder, 'exitCode');
  return code === undefined ? undefined : { code, endedAtMs: Math.round(statSync(folder.run).mtimeMs) };
}

/** The pid that the supervisor wrote at its start; whose it is now must be checked. Undefined: it never started. */
export const readPid = (folder: JobFolder): number | undefined => readReport(folder, 'pid');

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/**
 * The last `maxBytes` of a file as text, from a whole character on; empty where there is no file. Throws where it
 * cannot be read.
 */
export function tailText(path: string, maxBytes: number): string {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isAbsent(error)) return ''; // it never got that far
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, maxBytes));
    const start = size - buffer.length;
    const length = readSync(file, buffer, 0, buffer.length, start);
    let first = 0;
    while (start > 0 && first < 3 && isContinuation(buffer[first])) first++;
    return buffer.toString('utf8', first, length);
  } finally {
    closeSync(file);
  }
}

/** Bytes of all files of a job; 0 where there is no folder. */
export function bytesOf(folder: JobFolder): number {
  try {
    return readdirSync(folder.dir).reduce((sum, name) => sum + lstatSync(join(folder.dir, name)).size, 0);
  } catch {
    return 0; // gone or unreadable: nothing that could be counted or freed
  }
}
