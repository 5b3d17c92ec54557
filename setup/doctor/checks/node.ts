import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import meta from '../../../package.json' with { type: 'json' };
import { findIn } from '../../detect.ts';
import { type Check, ok, warning } from '../check.ts';
import { isBefore } from '../versions.ts';

/** The programs refuse an older Node.js before they run anything (exit code 6), so what is left is the one on the PATH. */
export const node: Check = {
  id: 'node',
  title: 'Node.js',
  group: 'Installation',
  run: async ({ place }) => {
    const least = meta.engines.node.replace('>=', '');
    const here = `${process.versions.node} (${process.execPath})`;
    const other = findIn((place.environment.PATH ?? '').split(delimiter), 'node');
    const version = other && (await versionOf(other));
    if (!version || !isBefore(version, least)) return ok(here);
    return warning(
      `this is ${here}, but the first on the PATH is ${version} (${other}), with which \`qantara\` does not run; hosts are not concerned`,
      'nvm install --lts',
    );
  },
};

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 5_000 });
    return /^v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined; // Not one that starts; then it does not stand in for ours either.
  }
}
