import { closeSync, openSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAbsent } from '../shared/client.ts';
import { QantaraError, wordsOf } from '../shared/errors.ts';
import { makeFolder } from '../shared/make-folder.ts';
import type { Paths } from '../shared/paths.ts';
import { daemonEntry } from './daemon-entry.ts';
import { commandsOf, installedService, runManager } from './service.ts';
import { startLimitMs, tryLock, unlock } from './start-lock.ts';

/** How often those look that wait for a daemon, which may be many; ms. */
const pollMs = 20;
/** And the one that starts it; the first answer comes 10 ms earlier than with 20. */
const starterPollMs = 4;
const consoleBytes = 1024 * 1024;
/** A daemon needs about this much to start. */
const leastBytes = 256 * 1024;
/** ms; what a daemon that the service manager has started may take before we start one ourselves. */
const serviceGraceMs = 5_000;

/** A daemon that we started, while nobody listens yet. */
interface Child {
  /** Why it failed. */
  failed?: string;
  /**
   * It left without a fault of its own, since the lock was taken by one on its way up or out, or somebody killed it; or
   * the service manager's has not come.
   */
  again?: boolean;
}

/** Whether somebody listens on the socket. Throws what is neither yes nor no (EACCES, …). */
export const listens = (socketPath: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error) => (isAbsent(error) ? resolve(false) : reject(error)));
  });

/**
 * The environment of a daemon that outlives whoever started it. The marker of the job that we may run in must not
 * reach it, or ending that job would end the daemon; the policy of one host is not that of the next; and a debugger
 * that the host was started with would hold the daemon up.
 */
export const daemonEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => /^QANTARA_(HOME|FAIL)$/.test(name) || !/^(QANTARA_|BRIDGE_|NODE_OPTIONS$)/.test(name),
    ),
  );

function openConsole(path: string): number {
  let flag = 'a';
  try {
    if (statSync(path).size > consoleBytes) flag = 'w';
  } catch {
    // There is none yet.
  }
  return openSync(path, flag, 0o600);
}

async function launch(paths: Paths): Promise<Child> {
  const { spawn } = await import('node:child_process');
  const output = openConsole(paths.console);
  const child: Child = {};
  try {
    const daemon = spawn(process.execPath, [daemonEntry()], {
      cwd: homedir(),
      detached: true,
      env: daemonEnvironment(process.env),
      stdio: ['ignore', output, output],
    });
    daemon.on('error', (error) => {
      child.failed = wordsOf(error);
    });
    daemon.on('exit', (code, signal) => {
      if (code === 0 || signal) child.again = true;
      else child.failed = `it ended with exit code ${code}; its output is in ${paths.console}.`;
    });
    daemon.unref();
  } finally {
    closeSync(output);
  }
  return child;
}

/**
 * Lets the installed service start it, and does so itself where there is none or its manager cannot: no bus in a host's
 * environment, a definition that leads to a Node.js that is gone.
 */
async function begin(paths: Paths): Promise<Child> {
  const service = installedService(paths);
  if (!service) return launch(paths);
  closeSync(openConsole(paths.console)); // the manager appends without end
  if (!(await runManager(commandsOf(service).start, serviceGraceMs)).ok) return launch(paths);
  const child: Child = {};
  setTimeout(() => {
    child.again = true;
  }, serviceGraceMs).unref();
  return child;
}

/** What the daemon left behind about a start that failed after `since` (ms since the epoch). */
function startError(path: string, since: number): string | undefined {
  try {
    // File systems keep coarser times than the clock has.
    if (statSync(path).mtimeMs < since - 10) return undefined;
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** A full disk also swallows the reason that a daemon leaves. */
function noSpace({ home }: Paths): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(home);
    return bavail * bsize < leastBytes ? `the disk of ${home} is full. Free some space and ask again.` : undefined;
  } catch {
    return undefined; // not told here
  }
}

/**
 * Starts a daemon unless one is being started, and returns when somebody listens on the socket. However many
 * processes call this at once, one start is attempted. Throws `daemon_unavailable` with the reason, at the latest
 * after `limitMs`.
 */
export async function startDaemon(paths: Paths, limitMs = startLimitMs): Promise<void> {
  const since = Date.now();
  const began = performance.now();
  const unavailable = (problem: string) => new QantaraError('daemon_unavailable', { path: paths.socket, problem });
  let child: Child | undefined;
  /** Longer with every daemon that left again. */
  let pauseMs = 0;
  try {
    makeFolder(paths.logs);
    while (!(await listens(paths.socket))) {
      const reason = startError(paths.startError, since) ?? (child?.failed && (noSpace(paths) ?? child.failed));
      if (reason) throw unavailable(reason);
      if (performance.now() - began > limitMs)
        throw unavailable(`nobody listened within ${limitMs / 1000} s of its start.`);
      // Whoever held the lock may have given it back because its daemon listens: asked again before the next start.
      if (!child && tryLock(paths.starting)) child = (await listens(paths.socket)) ? {} : await begin(paths);
      else if (child?.again) {
        pauseMs = Math.min(1000, pauseMs * 2 || 2 * pollMs);
        child = await launch(paths);
      }
      await sleep(pauseMs || (child ? starterPollMs : pollMs));
    }
  } catch (error) {
    throw error instanceof QantaraError ? error : unavailable(`it cannot be started: ${wordsOf(error)}.`);
  } finally {
    if (child) unlock(paths.starting);
  }
}
