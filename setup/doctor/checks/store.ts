import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Check, ok, warning } from '../check.ts';

/** Whether the job store was ever found damaged; a damaged one is kept beside the new one until the person removes it. */
export const store: Check = {
  id: 'store',
  title: 'Job store',
  group: 'State',
  needs: ['state-folder'],
  run: (world) => {
    const { database } = world.paths();
    const kept = namesIn(dirname(database))
      .filter((name) => name.startsWith(`${basename(database)}.damaged-`) && !/-(wal|shm)$/.test(name))
      .map((name) => join(dirname(database), name));
    if (kept.length === 0) return ok(database);
    return warning(
      `a damaged store was rebuilt from the job folders and is kept as ${kept.join(', ')}`,
      `rm ${kept.map((path) => `${path}*`).join(' ')}`,
    );
  },
};

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Not made yet.
  }
}
