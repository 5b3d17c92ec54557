import { readFileSync } from 'node:fs';
import { QantaraError, wordsOf } from '../../../shared/errors.ts';
import type { Paths } from '../../../shared/paths.ts';
import { version } from '../../../shared/version.ts';
import { PROTOCOL } from '../../../shared/wire.ts';
import { type Check, fault, ok, warning } from '../check.ts';

/** A daemon that runs answers and is of this release; one that does not run could start. */
export const daemon: Check = {
  id: 'daemon',
  title: 'Daemon',
  group: 'Daemon',
  needs: ['state-folder'],
  run: async (world, earlier) => {
    const paths = world.paths();
    const restart = 'qantara daemon restart';
    const status = await world.status().catch((error: unknown) => error);
    if (status instanceof Error) return fault(problemOf(status), `kill ${textOf(paths.pid) || '<its pid>'}`);
    if (!isStatus(status)) return notRunning(paths);
    // With a broken config.toml the one that runs would not come up again.
    const safe = !earlier.some(({ id, status }) => id === 'config' && status === 'fault');
    const mend = safe ? () => world.qantara('daemon', 'restart') : undefined;
    const other = status.version !== version || status.protocol !== PROTOCOL;
    if (other) {
      return fault(
        `a daemon of release ${status.version} still runs (pid ${status.pid}); this is ${version}`,
        restart,
        mend,
      );
    }
    const notices = (status.notices ?? []).filter((notice) => !/damaged/.test(notice));
    if (notices.length > 0) return warning(notices.join(' '));
    return ok(`${status.version}, pid ${status.pid}`);
  },
};

const isStatus = (value: unknown): value is { version: string; protocol: number; pid: number; notices?: string[] } =>
  typeof value === 'object' && value !== null;

const problemOf = (error: Error): string =>
  error instanceof QantaraError && error.data.problem ? `it does not answer: ${error.data.problem}` : wordsOf(error);

function notRunning(paths: Paths) {
  const reason = textOf(paths.startError);
  if (reason) return fault(`its last start failed: ${reason}`, 'qantara daemon start');
  return ok('not running; the first call of a host starts it');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
