/**
 * `npm run build`: three programs into dist/, CommonJS, one file each.
 *
 * Measured to the first answer of the shim with Node 22.23 (medians of interleaved runs): CommonJS starts 3 to 5 ms
 * before the same code as ES modules; a launcher that checks the version and then imports costs 2 to 5 ms more than
 * one file; the compile cache gains nothing on a file of 50 kB. So the check of the Node version stands in front of the
 * bundle, and the bundle is written in a syntax that an old Node can parse, since it parses all before it runs any.
 * The daemon keeps its packages outside: better-sqlite3 is native.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { engines } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const [major, minor] = engines.node.replace('>=', '').split('.').map(Number);

/** Exit code 6: Node.js is too old. Plain ES5: it must run where nothing else does. */
const guard = `#!/usr/bin/env node
(function () {
  var v = process.versions.node.split('.');
  if (+v[0] > ${major} || (+v[0] === ${major} && +v[1] >= ${minor})) return;
  require('fs').writeSync(2, 'qantara needs Node.js ${major}.${minor} or newer, and this is ' + process.version + ' (' + process.execPath + ').\\n' +
    'Get it from https://nodejs.org or with "nvm install --lts", then run "npm install -g qantara" with it.\\n');
  process.exit(6);
})();`;

/** Replaces a file in one step: tests and hosts may be starting it at this moment. */
function put(path, contents, mode = 0o644) {
  writeFileSync(`${path}.new`, contents);
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
}

async function bundle(name, entry, options) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
    legalComments: 'none',
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    ...options,
  });
  put(`${root}dist/${name}.js`, outputFiles[0].contents, 0o755);
}

mkdirSync(`${root}dist`, { recursive: true });
put(`${root}dist/package.json`, '{ "type": "commonjs" }\n');
const guarded = { target: 'node14', banner: { js: guard } };
await Promise.all([
  bundle('qantara-shim', 'shim/mcp.ts', guarded),
  // jsonc-parser's CommonJS finds its parts in a way that a bundler cannot follow; its ES modules are as good.
  bundle('qantara', 'shim/cli.ts', { ...guarded, mainFields: ['module', 'main'] }),
  bundle('qantara-daemon', 'daemon/main.ts', { target: `node${major}.${minor}`, packages: 'external' }),
]);
