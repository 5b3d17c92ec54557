import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathsIn } from '../shared/paths.ts';

/** The places where a death of the daemon is tested: one at every arrow of the way from a call to its result. */
export const failpoints = [
  'lock-taken',
  'recovering',
  'job-taken-over',
  'job-requeued',
  'listening',
  'row-inserted',
  'folder-written',
  'job-accepted',
  'state-starting',
  'process-spawned',
  'process-known',
  'identity-recorded',
  'job-begun',
  'environment-forgotten',
  'events-inserted',
  'events-committed',
  'agent-ended',
  'answer-kept',
  'job-ended',
  'result-made',
  'stop-asked',
  'stop-recorded',
  'signals-sent',
  'processes-stopped',
] as const;
export type Failpoint = (typeof failpoints)[number];

/** Unset outside of tests, and then a failpoint is one comparison. */
const chosen = process.env.QANTARA_FAIL?.split(',');

/** The file in the state folder that remembers that the daemon has died at `name`. */
export const markOf = (home: string, name: Failpoint): string => join(home, `died-at-${name}`);

/** Kills this process with SIGKILL where `QANTARA_FAIL` names the point, once in the life of a state folder. */
export function failpoint(name: Failpoint): void {
  if (!chosen?.includes(name)) return;
  try {
    closeSync(openSync(markOf(pathsIn().home, name), 'wx', 0o600));
  } catch {
    return; // it has died here before
  }
  process.kill(process.pid, 'SIGKILL');
}
