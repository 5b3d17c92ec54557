import { renameSync, statSync } from 'node:fs';
import { destination, type Logger, pino } from 'pino';

const maxLogBytes = 10 * 1024 * 1024;

/**
 * The daemon's log at `path`, 0600. A log over 10 MiB is set aside as `<path>.1` at start. Callers log ids, states,
 * counts and messages; never tasks, answers or environments.
 */
export function openLog(path: string): Logger {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > maxLogBytes) renameSync(path, `${path}.1`);
  return pino({ base: { pid: process.pid } }, destination({ dest: path, mode: 0o600, sync: true }));
}
