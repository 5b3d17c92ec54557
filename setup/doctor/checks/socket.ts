import { lstatSync, readFileSync, rmSync } from 'node:fs';
import { wordsOf } from '../../../shared/errors.ts';
import { listens } from '../../../shim/start-daemon.ts';
import { startLimitMs } from '../../../shim/start-lock.ts';
import { type Check, fault, ok, warning } from '../check.ts';

/** The socket leads to a daemon, or is not there; neither it nor a start lock was left behind. */
export const socket: Check = {
  id: 'socket',
  title: 'Socket',
  group: 'Daemon',
  needs: ['state-folder'],
  run: async (world) => {
    const paths = world.paths();
    try {
      if (await listens(paths.socket)) return ok(paths.socket);
    } catch (error) {
      return fault(`${paths.socket} cannot be opened: ${wordsOf(error)}`, `rm ${paths.socket}`);
    }
    const left = [
      ...(exists(paths.socket) ? [paths.socket] : []),
      ...(isStale(paths.starting) ? [paths.starting] : []),
    ];
    if (left.length === 0) return ok('no daemon listens');
    const remove = async () => {
      if (await listens(paths.socket).catch(() => false)) return 'a daemon has come meanwhile';
      for (const path of left) rmSync(path, { force: true });
      return `removed ${left.join(', ')}`;
    };
    return warning(
      `a daemon that is gone left ${left.join(', ')}; the next start copes`,
      `rm ${left.join(' ')}`,
      remove,
    );
  },
};

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false;

/** A start lock of a process that is gone, or older than any start takes. */
function isStale(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return false;
  if (Date.now() - found.mtimeMs > 2 * startLimitMs) return true;
  const pid = Number(readFileSync(path, 'utf8'));
  try {
    return pid > 0 && !process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
