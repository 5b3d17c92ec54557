import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { QantaraError } from '../shared/errors.ts';

/**
 * The absolute paths that go into a registration: hosts start with other PATHs than a terminal.
 *
 * A version manager such as nvm, fnm or Volta keeps the installed versions side by side, so a path into one of them
 * lives until that version is removed, and the package that was installed with it goes then as well. Package managers
 * that throw the old version away on an upgrade offer a path that stays; those are known here.
 */
const lasting: readonly { from: RegExp; to: string }[] = [
  // Homebrew: …/Cellar/node@22/22.19.0/bin/node
  { from: /^(.*)\/Cellar\/([^/]+)\/[^/]+\/(.*)$/, to: '$1/opt/$2/$3' },
  // snap: /snap/node/9341/bin/node
  { from: /^\/snap\/([^/]+)\/[^/]+\/(.*)$/, to: '/snap/$1/current/$2' },
  // pnpm: …/global/5/.pnpm/qantara@1.2.3/node_modules/qantara/dist/…
  { from: /^(.*)\/\.pnpm\/[^/]+\/node_modules\/(.*)$/, to: '$1/$2' },
  { from: /^(.*)\/\.pnpm\/[^/]+\/node_modules\/(.*)$/, to: '$1/node_modules/$2' },
];

/** The path by which a file stays reachable when its package is upgraded; the path itself where none is known. */
export function lastingPath(path: string): string {
  const candidates = lasting.filter(({ from }) => from.test(path)).map(({ from, to }) => path.replace(from, to));
  return candidates.find((candidate) => leadsTo(candidate, path)) ?? path;
}

function leadsTo(candidate: string, path: string): boolean {
  try {
    return realpathSync(candidate) === realpathSync(path);
  } catch {
    return false; // This layout has no such link.
  }
}

/** Node.js as it runs now. */
export const nodePath = (): string => lastingPath(process.execPath);

/** The installed shim that belongs to this code. Throws as `installedPath` does. */
export const shimPath = (here?: string): string => installedPath('qantara-shim.js', here);

/** The installed daemon that belongs to this code. Throws as `installedPath` does. */
export const daemonPath = (here?: string): string => installedPath('qantara-daemon.js', here);

/** All files of that daemon. Throws as `installedPath` does. */
export const daemonPaths = (): string[] => [
  daemonPath(),
  ...['qantara-daemon-main.js', 'qantara-daemon-app.js'].map((name) => installedPath(name)),
];

/**
 * A program of this installation. Throws `bad_parameter` when it is only in npm's cache (`npx`), which is emptied at
 * any time, or has not been built.
 */
function installedPath(name: string, here: string = import.meta.filename): string {
  // From the source: setup/launch.ts beside dist/; bundled: dist/qantara.js beside the others.
  const folder = here.endsWith('.ts') ? resolve(dirname(here), '../dist') : dirname(here);
  const path = join(folder, name);
  const fault = (problem: string) => new QantaraError('bad_parameter', { tool: 'qantara', problem });
  if (path.includes('/_npx/')) {
    throw fault(
      `it runs from npm's cache (${path}), where it would not be found later. Run \`npm install --global qantara\` first.`,
    );
  }
  if (!existsSync(path)) throw fault(`there is no ${path}. Run \`npm run build\` first.`);
  return lastingPath(path);
}

/** For a path with a version in it: how long it holds, and what to do then. Undefined for others. */
export function lifetimeOf(path: string): string | undefined {
  if (!/\/v?\d+\.\d+\.\d+\//.test(path)) return undefined;
  return (
    `Hosts start ${path}, also when you switch to another version of Node.js. Before you remove this one, ` +
    'install qantara with the other and run `qantara setup` there.'
  );
}
