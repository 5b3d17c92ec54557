/**
 * `node setup/bootstrap.mjs <npm script> [arguments]`: runs a script of this repository on a fresh clone.
 *
 * Installs the dependencies when they are absent or not those of the lock file, sees to a Node.js that is new enough,
 * builds dist/ and then runs the script. It is started by whatever Node is on the PATH, so it is plain JavaScript
 * without dependencies, and nothing in it is newer than Node 18.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules/.bin');

const readJson = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Whether what npm says it installed is what the lock file wants. Packages for other platforms (`optional`) may be
 * missing, none may be of another version.
 */
export function isInstalled(wanted, installed) {
  if (!wanted || !installed) return false;
  return Object.entries(wanted.packages)
    .filter(([path]) => path !== '')
    .every(([path, { version, optional, link }]) => {
      const found = installed.packages[path];
      return found ? link || found.version === version : optional === true;
    });
}

/** Whether a version such as `v22.19.0` meets `>=22.19`. */
export function meets(version, engines) {
  const [major, minor] = version.replace('v', '').split('.').map(Number);
  const [leastMajor, leastMinor] = engines.replace('>=', '').split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function run(command, args, options = {}) {
  const { status, error, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw new Error(`${command} cannot be started: ${error.message}`);
  return signal ? 1 : status;
}

/** npm as it was when it started us, else the one on the PATH. */
const npm = (args, environment = process.env) => {
  const own = process.env.npm_execpath;
  const options = { env: environment };
  return own?.endsWith('.js') ? run(process.execPath, [own, ...args], options) : run('npm', args, options);
};

const versionOf = (node) => {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};

/**
 * A Node.js that is new enough: the `node` package of devDependencies, or the one that runs this. The package fetches
 * its binary in an install script. npm 11.16 and later run such a script because `allowScripts` names it, older ones
 * because they run all; where scripts are switched off, `npm rebuild` with scripts on makes good for it.
 */
function findNode(engines) {
  const own = join(bin, 'node');
  const good = () => [own, process.execPath].find((node) => meets(versionOf(node) ?? 'v0.0', engines));
  if (good()) return good();
  console.error(`Node.js ${process.version} is too old here; fetching the one of devDependencies …`);
  npm(['rebuild', 'node', '--ignore-scripts=false']);
  if (good()) return good();
  throw new Error(
    `qantara needs Node.js ${engines} and this is ${process.version} (${process.execPath}). The one that package.json ` +
      'asks for could not be installed. Install Node.js 24 from https://nodejs.org and try again.',
  );
}

function main([script, ...args]) {
  const { engines } = readJson(join(root, 'package.json'));
  const wanted = () => readJson(join(root, 'package-lock.json'));
  const installed = () => readJson(join(root, 'node_modules/.package-lock.json'));
  if (!isInstalled(wanted(), installed())) {
    console.error('Installing the dependencies of the lock file (npm ci) …');
    if (npm(['ci', '--no-audit', '--no-fund']) !== 0) throw new Error('`npm ci` failed; its message is above.');
  }
  const node = findNode(engines.node);
  // npm puts node_modules/.bin first for every script; this adds the Node that was found where that one does not work.
  const environment = { ...process.env, PATH: [join(node, '..'), process.env.PATH].join(delimiter) };
  if (run(node, [join(root, 'setup/build.mjs')]) !== 0) throw new Error('the build failed; its message is above.');
  return npm(['run', '--silent', script, ...(args.length ? ['--', ...args] : [])], environment);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    console.error(`bootstrap: ${error.message}`);
    process.exitCode = 1;
  }
}
