import { chmodSync, lstatSync } from 'node:fs';
import { QantaraError } from '../shared/errors.ts';
import { makeFolder } from '../shared/make-folder.ts';
import type { Paths } from '../shared/paths.ts';

/**
 * Makes the state folder and its folders, 0700 whatever the umask. The folder's mode is what keeps other users from
 * the socket, so one that is a link, not ours or open to others throws `unsafe_home`.
 */
export function prepareHome(paths: Paths): void {
  for (const path of [paths.home, paths.jobs, paths.logs]) {
    makeFolder(path);
    const found = lstatSync(path);
    const uid = process.getuid?.() ?? found.uid;
    const unsafe = (problem: string, remedy: string) => new QantaraError('unsafe_home', { path, problem, remedy });
    if (found.isSymbolicLink()) throw unsafe('it is a symbolic link.', 'Set QANTARA_HOME to the real folder.');
    if (!found.isDirectory()) throw unsafe('it is not a folder.', 'Move it away.');
    if (found.uid !== uid)
      throw unsafe(`it belongs to user ${found.uid}, not ${uid}.`, 'Set QANTARA_HOME to a folder of yours.');
    if (found.mode & 0o022) {
      throw unsafe('other users may write to it.', `Run: chmod 700 ${path}`);
    }
    if (found.mode & 0o077) chmodSync(path, 0o700);
  }
}
