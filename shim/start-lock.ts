import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';

/** ms; no start takes longer, so an older lock was left behind, whoever has its pid by now. */
export const startLimitMs = 15_000;

/**
 * The lock that makes many shims start one daemon: a file that holds the starter's pid.
 *
 * It saves work, no more: two shims that take over the same dead holder at the same instant may both get it. Then
 * two daemons start, and the daemon's own lock lets one of them live.
 */
export function tryLock(path: string): boolean {
  try {
    writePid(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (isHeld(path)) return false;
  rmSync(path, { force: true });
  return tryLock(path);
}

/** Whoever made the file has the lock; on a full disk it stays empty, which counts as held until it is old. */
function writePid(file: number): void {
  try {
    writeSync(file, String(process.pid));
  } catch {
    // the daemon's start will tell what is wrong with the disk
  } finally {
    closeSync(file);
  }
}

/** Gives the lock back. Harmless when it is gone. */
export const unlock = (path: string): void => rmSync(path, { force: true });

function isHeld(path: string): boolean {
  let pid: number;
  try {
    // Also one from the future: the clock was set back since.
    if (Math.abs(Date.now() - statSync(path).mtimeMs) > startLimitMs + 1000) return false;
    pid = Number(readFileSync(path, 'utf8'));
  } catch {
    return false; // It was given back this moment.
  }
  if (pid === 0) return true; // Created, and its pid is being written.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
