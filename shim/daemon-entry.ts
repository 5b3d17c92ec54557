import { dirname, join } from 'node:path';

/** The program of the daemon that belongs to this code: its bundle beside ours, or the source when run from source. */
export function daemonEntry(): string {
  const here = import.meta.filename;
  return here.endsWith('.ts') ? join(dirname(here), '../daemon/entry.ts') : join(dirname(here), 'qantara-daemon.js');
}
