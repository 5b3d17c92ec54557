import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { basename, isAbsolute, join } from 'node:path';
import type { Writable } from 'node:stream';
import { QantaraError, wordsOf } from '../../shared/errors.ts';
import { failpoint } from '../failpoint.ts';
import { type Identity, identify } from './process.ts';
import { supervisorScript } from './supervisor.ts';

export interface Command {
  /** Absolute path of the executable. */
  command: string;
  args: readonly string[];
  cwd: string;
  environment: Record<string, string>;
}

/** The mask that this process was started with. The daemon narrows its own; what an agent writes is the person's. */
const personsUmask = process.umask().toString(8).padStart(4, '0');

/**
 * The executable `name` on a PATH, as an absolute path. Entries that are not absolute, also the empty one, are passed
 * over: they mean the working directory, and what is in a task's directory must not become the agent.
 */
export function findBinary(name: string, path: string): string | undefined {
  for (const entry of path.split(':').filter(isAbsolute)) {
    const candidate = join(entry, name);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // not here; the next entry may have it
    }
  }
  return undefined;
}

/** What the shell would only tell as exit code 126 or 127, after the job had begun. */
function checkStartable(command: string, cwd: string): void {
  if (!statSync(cwd).isDirectory()) throw new Error(`the working directory ${cwd} is not a directory`);
  accessSync(cwd, constants.X_OK);
  if (!statSync(command).isFile()) throw new Error(`${command} is not a file`);
  accessSync(command, constants.X_OK);
}

/** Names a directory without opening what is in it (Linux). */
const pathOnly = 0o10000000;

/**
 * Calls `start` with the working directory for a new process, once it is certain that `cwd` still is the directory
 * itself and no link that somebody has put in its place since it was resolved. On Linux the directory is held open
 * meanwhile, so what happens to the path does not matter; elsewhere a moment remains until the process has entered it.
 */
function entered<Started>(cwd: string, start: (directory: string) => Started): Started {
  const mustBe = (now: string): void => {
    if (now !== cwd)
      throw new Error(`its directory ${cwd} leads to ${now} now, which it did not when it was asked for.`);
  };
  mustBe(realpathSync(cwd));
  if (process.platform !== 'linux') return start(cwd);
  const held = openSync(cwd, pathOnly | constants.O_DIRECTORY);
  try {
    const directory = `/proc/self/fd/${held}`;
    mustBe(readlinkSync(directory));
    return start(directory);
  } finally {
    closeSync(held);
  }
}

/** A supervisor that waits for a job. */
export interface Supervisor {
  identity: Identity;
  /** Takes the marker of a job, on a line. */
  requests: Writable;
}

/**
 * Starts a supervisor of `command` for jobs in `jobsDir`, as a process group of its own; what it runs needs nothing of
 * this process. Rejects with `spawn_failed` (missing or not executable, E2BIG, a missing directory, …), and then no
 * process and no descriptor is left. A file that is executable but cannot be run (its interpreter is missing) starts
 * and exits with 126 or 127.
 */
export async function spawnSupervisor(
  jobsDir: string,
  { command, args, cwd, environment }: Command,
): Promise<Supervisor> {
  try {
    checkStartable(command, cwd);
    // When this returns, the process has entered its directory and become the shell.
    const child = entered(cwd, (directory) =>
      spawn('/bin/sh', ['-c', supervisorScript(personsUmask), jobsDir, command, ...args], {
        cwd: directory,
        env: environment,
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
      }),
    );
    failpoint('process-spawned');
    const { pid, stdin } = child;
    if (pid === undefined) throw await new Promise((fail) => child.once('error', fail));
    child.unref();
    (stdin as Socket).unref();
    stdin.on('error', () => {}); // it has ended; whoever follows its job learns that
    // Without a start time it equals no process and is never signalled.
    return { identity: identify(pid) ?? { pid, startTime: '', bootId: '' }, requests: stdin };
  } catch (error) {
    const message = wordsOf(error);
    throw new QantaraError('spawn_failed', { title: basename(command), binary: command, message }, error);
  }
}
