import { chmodSync, lstatSync } from 'node:fs';
import { type Check, fault, ok } from '../check.ts';

/** The folder that holds everything of ours is the person's, and nobody else may look into it. */
export const stateFolder: Check = {
  id: 'state-folder',
  title: 'State folder',
  group: 'State',
  run: (world) => {
    const paths = world.paths();
    const { home } = paths;
    const found = lstatSync(home, { throwIfNoEntry: false });
    if (!found) return ok(`${home} (not made yet)`);
    if (found.isSymbolicLink()) return fault(`${home} is a symbolic link`, 'Set QANTARA_HOME to the real folder.');
    if (!found.isDirectory()) return fault(`${home} is not a folder`, `mv ${home} ${home}.old`);
    const uid = process.getuid?.();
    if (uid !== undefined && found.uid !== uid) {
      return fault(`${home} belongs to user ${found.uid}, not ${uid}`, `sudo chown -R ${uid} ${home}`);
    }
    const wide = [home, paths.jobs, paths.logs].filter((path) => isOpen(path, uid));
    const files = [paths.config, paths.database, paths.log, paths.setup].filter((path) => isOpen(path, uid));
    if (wide.length + files.length === 0) return ok(home);
    const close = () => {
      for (const path of wide) chmodSync(path, 0o700);
      for (const path of files) chmodSync(path, 0o600);
      return `closed ${[...wide, ...files].join(', ')} to others`;
    };
    const remedy = [wide.length && `chmod 700 ${wide.join(' ')}`, files.length && `chmod 600 ${files.join(' ')}`];
    return fault(
      `other users may look into ${[...wide, ...files].join(', ')}`,
      remedy.filter(Boolean).join(' && '),
      close,
    );
  },
};

/** A folder or file of the person's own that is open to others; a link is not followed. */
function isOpen(path: string, uid: number | undefined): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const plain = found?.isDirectory() || found?.isFile();
  return plain === true && (uid === undefined || found?.uid === uid) && ((found?.mode ?? 0) & 0o077) !== 0;
}
