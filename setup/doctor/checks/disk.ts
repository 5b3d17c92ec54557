import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Check, fault, ok, warning } from '../check.ts';

const mib = 1024 * 1024;
/** Bytes; without so much the daemon neither starts nor takes a job. */
const least = mib;
/** Bytes; an agent can write so much in a minute. */
const little = 200 * mib;

/** File systems over a network, by the type in statfs(2): SQLite's locks and its WAL do not hold there. */
const remote: Record<number, string> = {
  26985: 'NFS',
  4283649346: 'CIFS',
  4266872130: 'SMB',
  16914839: '9p',
};

/** There is space where the jobs and the store are, and a disk that a database can be on. */
export const disk: Check = {
  id: 'disk',
  title: 'Disk',
  group: 'State',
  needs: ['state-folder'],
  run: (world) => {
    let folder = world.paths().home;
    while (!existsSync(folder)) folder = dirname(folder);
    const { bavail, bsize, type } = statfsSync(folder);
    const free = bavail * bsize;
    const words = `${Math.floor(free / mib)} MiB are free on the disk of ${folder}`;
    if (free < least) return fault(`the disk of ${folder} is full`, 'Free some space; what runs goes on meanwhile.');
    try {
      accessSync(folder, constants.W_OK);
    } catch (error) {
      return fault(`${folder} cannot be written to: ${(error as NodeJS.ErrnoException).code}`, `chmod u+w ${folder}`);
    }
    if (remote[type]) {
      const remedy = 'Set QANTARA_HOME to a folder on a disk of this machine.';
      return warning(`${folder} is on ${remote[type]}, where a database can be damaged`, remedy);
    }
    if (free < little) return warning(words, 'qantara jobs prune');
    return ok(words);
  },
};
