import { renameSync, statSync } from 'node:fs';
import { destination, type Logger, pino } from 'pino';

const maxLogBytes = 10 * 1024 * 1024;
/** What is held of lines that cannot be written now; bytes. */
const maxHeldBytes = 1024 * 1024;

/**
 * The daemon's log at `path`, 0600. A log over 10 MiB is set aside as `<path>.1` at start. Callers log ids, states,
 * counts and messages; never tasks, answers or environments. Logging never throws: on a full disk lines are held, and
 * written with a later one.
 */
export function openLog(path: string): Logger {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > maxLogBytes) renameSync(path, `${path}.1`);
  const file = destination({ dest: path, mode: 0o600, sync: true, maxLength: maxHeldBytes });
  file.on('error', () => {}); // pino would throw it at whoever logs, and there is nowhere else to say it
  return pino({ base: { pid: process.pid } }, file);
}
