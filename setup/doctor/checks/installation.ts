import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
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
      const broken = await parseError(path);
      if (broken) return fault(`${path} is damaged: ${broken}`, reinstall);
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

async function parseError(path: string): Promise<string | undefined> {
  try {
    await promisify(execFile)(process.execPath, ['--check', path], { timeout: 10_000 });
    return undefined;
  } catch (error) {
    return /^\w*Error: .*$/m.exec(String((error as { stderr?: string }).stderr))?.[0] ?? 'it cannot be read';
  }
}
