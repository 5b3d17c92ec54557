import { dirname, join } from 'node:path';

/** The program of the daemon that belongs to this code: its bundle beside ours, or the source when run from source. */
export function daemonEntry(): string {
  const here = import.meta.filename;
  return here.endsWith('.ts') ? join(dirname(here), '../daemon/entry.ts') : join(dirname(here), 'qantara-daemon.js');
}

/**
 * How the memory of a daemon is managed, whoever starts it. By default V8 lets garbage pile up to some 60 MB before it
 * looks; with these a thousand jobs later it holds what it held after the first ones, and 20 MB less from the start
 * (Node 22).
 */
export const memoryFlags: readonly string[] = ['--max-semi-space-size=2', '--optimize-for-size'];
