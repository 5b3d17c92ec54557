import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';
import { version } from '../../../shared/version.ts';
import { findIn } from '../../detect.ts';
import { daemonPaths, nodePath, shimPath } from '../../launch.ts';
import { type Check, fault, ok, warning } from '../check.ts';
import { talk } from '../talk.ts';

const reinstall = 'npm install --global qantara';

/** The three programs are there, whole, and of one release; and the PATH leads to them. */
export const installation: Check = {
  id: 'installation',
  title: 'Programs',
  group: 'Installation',
  run: async ({ place }) => {
    const shim = shimPath();
    for (const path of [shim, ...daemonPaths()]) {
      const damage = await damageOf(path);
      if (damage) return fault(`${path} is damaged: ${damage}`, reinstall);
    }
    const entry = { command: nodePath(), args: [shim], environment: place.environment };
    const { serverVersion } = await talk(entry, { call: false });
    if (serverVersion !== version)
      return fault(`qantara is ${version}, but ${shim} is ${serverVersion ?? 'mute'}`, reinstall);
    const own = realpathSync(dirname(shim));
    for (const name of ['qantara', 'qantara-shim']) {
      const path = findIn((place.environment.PATH ?? '').split(delimiter), name);
      if (path && dirname(realpathSync(path)) !== own)
        return warning(`this is ${own}, but the PATH leads to another installation: ${path}`, reinstall);
    }
    return ok(`${version} in ${own}`);
  },
};

/** Why a program cannot be what was built; undefined where nothing says so. */
async function damageOf(path: string): Promise<string | undefined> {
  try {
    await promisify(execFile)(process.execPath, ['--check', path], { timeout: 10_000 });
    // What is left of one that was cut off may be a program still: `…}function f(` cut after its `f` is.
    return (await readFile(path, 'utf8')).endsWith('\n') ? undefined : 'it was cut off';
  } catch (error) {
    return /^\w*Error: .*$/m.exec(String((error as { stderr?: string }).stderr))?.[0] ?? 'it cannot be read';
  }
}
