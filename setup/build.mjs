/**
 * `npm run build`: three programs into dist/, CommonJS; the shim one file, the daemon three, the command line in parts.
 *
 * Measured to the first answer of the shim with Node 22.23 (medians of interleaved runs): CommonJS starts 3 to 5 ms
 * before the same code as ES modules; a launcher that checks the version and then imports costs 2 to 5 ms more than
 * one file; the compile cache gains nothing on a file of 50 kB. So the check of the Node version stands in front of the
 * bundle, and the bundle is written in a syntax that an old Node can parse, since it parses all before it runs any.
 * The daemon holds its packages too, but for better-sqlite3, which is native: the processor time of its start is 370 ms
 * instead of 495 with them outside (best of 9 on a busy machine).
 */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

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

/**
 * esbuild believes that Node knows `\p{…}` by another set of properties than its own, and writes `new RegExp` for such
 * a literal, which is then compiled at each use: with 50 rows `jobs ls` takes 1.75 times an empty Node instead of 1.9.
 */
const supported = { 'regexp-unicode-property-escapes': true };

const common = {
  absWorkingDir: root,
  supported,
  bundle: true,
  write: false,
  platform: 'node',
  logLevel: 'warning',
  legalComments: 'none',
  define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
};

async function bundle(name, entry, options) {
  const { outputFiles } = await build({ ...common, entryPoints: [entry], format: 'cjs', ...options });
  put(`${root}dist/${name}.js`, outputFiles[0].contents, 0o755);
}

/**
 * Of commander, all but the program take only its small parts, without the parser. It wants `child_process`, which
 * costs 6 ms, for commands that are programs of their own, and ours are not.
 */
const commanderInParts = {
  name: 'commander in parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^commander$/ }, ({ importer }) =>
      importer.endsWith('/shim/program.ts') ? undefined : { path: 'small', namespace: 'commander' },
    );
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'later', namespace: 'commander' } : undefined,
    );
    const small = ['argument', 'error', 'option'].map((name) => `export * from 'commander/lib/${name}.js';`).join('\n');
    onResolve({ filter: /^commander\/lib\// }, ({ path }) => ({ path: realpathSync(`${root}node_modules/${path}`) }));
    onLoad({ filter: /^small$/, namespace: 'commander' }, () => ({ contents: small, resolveDir: root }));
    onLoad({ filter: /^later$/, namespace: 'commander' }, () => ({
      contents: `export default { spawn: (...args) => require('node:child_process').spawn(...args) };`,
    }));
  },
};

/**
 * The command line in parts, so that a command loads what it needs. esbuild splits only ES modules, which start
 * slower, so each part is made CommonJS afterwards; what `hot` reaches is then put into one file, since each file
 * costs 0.4 ms, and a part of another file that wants it finds it there. Short names save 15 of 60 kB and 1 ms of
 * processor time; the compile cache would save another 2 of 55 ms (Node 22.23), which is not worth a folder of code.
 */
async function bundleParts(name, hot, options) {
  const { outputFiles, metafile } = await build({
    ...common,
    entryPoints: { [name]: hot[0] },
    outdir: 'dist',
    chunkNames: 'part-[name]-[hash]',
    format: 'esm',
    splitting: true,
    metafile: true,
    minifySyntax: true,
    minifyIdentifiers: true,
    plugins: [commanderInParts],
    ...options,
  });
  const { target } = options;
  const code = {};
  for (const { path, text } of outputFiles) {
    const later = text.replace(/\bimport\(("\.\/part-[^"]+")\)/g, 'Promise.resolve().then(() => require($1))');
    const made = await transform(later, {
      format: 'cjs',
      platform: 'node',
      target,
      supported,
      minifyWhitespace: true,
      minifyIdentifiers: true,
    });
    code[basename(path)] = made.code.trim();
  }
  const inside = new Set();
  const take = (file) => {
    if (inside.has(file)) return;
    inside.add(file);
    for (const { path, kind } of metafile.outputs[`dist/${file}`].imports) {
      if (kind === 'import-statement' && path.startsWith('dist/')) take(basename(path));
    }
  };
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (hot.includes(entryPoint)) take(basename(path));
  }
  const start = `./${name}.js`;
  // V8 compiles a function in parentheses with the file, so that it comes out of the cache; others when they are called.
  const functions = [...inside].map(
    (file) => `${JSON.stringify(`./${file}`)}:(function(module,require){${code[file]}})`,
  );
  const whole = `var parts={${functions.join(',\n')}},loaded={};
function need(id){if(!parts[id])return require(id);if(!loaded[id])parts[id](loaded[id]={exports:{}},need);return loaded[id].exports}
exports.need=need;Object.assign(exports,need(${JSON.stringify(start)}));
`;
  put(`${root}dist/${name}.js`, whole);
  for (const file of Object.keys(code).filter((one) => one !== `${name}.js`)) {
    const text = inside.has(file) ? `module.exports=require(${JSON.stringify(start)}).need("./${file}")` : code[file];
    put(`${root}dist/${file}`, `${text}\n`);
  }
  const old = readdirSync(`${root}dist`).filter((file) => file.startsWith('part-') && !(file in code));
  for (const file of old) rmSync(`${root}dist/${file}`, { force: true });
}

/**
 * The MCP SDK brings an ajv of its own for the answers of people whom a server asks something, which ours never does:
 * 210 kB, and 25 of 230 ms of processor time of the daemon's start.
 */
const mcpWithoutAjv = {
  name: 'mcp without ajv',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@modelcontextprotocol\/server\/_shims$/ }, () => ({ path: 'shims', namespace: 'mcp' }));
    onLoad({ filter: /^shims$/, namespace: 'mcp' }, () => ({
      contents: `export { default as process } from 'node:process';
        export class DefaultJsonSchemaValidator { getValidator() { throw new Error('ajv is not in this bundle'); } }`,
    }));
  },
};

/**
 * When it is loaded, the SDK makes a schema of everything that MCP has, most of it for a table that it offers to others
 * (`specTypeSchemas`). Without that table, and told that making a schema has no effect, esbuild leaves out all that
 * nothing else needs: 20 of 210 ms of processor time of the daemon's start, and 1.4 MB.
 */
const mcpSchemasInUse = {
  name: 'mcp schemas in use',
  setup({ onLoad }) {
    const into = /^for \(.+\) register\(key, .+\);$/gm;
    onLoad({ filter: /@modelcontextprotocol\/server\/dist\/src-.+\.mjs$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8');
      if (code.match(into)?.length !== 2) throw new Error(`specTypeSchemas is not filled in ${path} as it was.`);
      return { contents: code.replace(into, '') };
    });
    const made = /(?<!^ ?\*.*)\b(z|\w+Schema)\.\w+\(/gm;
    onLoad({ filter: /@modelcontextprotocol\/core\/dist\/[^/]+\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(made, '/* @__PURE__ */ $&'),
    }));
  },
};

/** Leaves a module out, which is loaded from another file of dist/ when it is needed. */
const apart = (module, file) => ({
  name: `${module} apart`,
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^\\./${module}\\.ts$`) }, () => ({ path: `./${file}.js`, external: true }));
  },
});

mkdirSync(`${root}dist`, { recursive: true });
put(`${root}dist/package.json`, '{ "type": "commonjs" }\n');
const target = `node${major}.${minor}`;
const guarded = { target: 'node14', banner: { js: guard } };
// What is imported when it is needed is then required.
const noImport = { ...supported, 'dynamic-import': false };
// A third fewer bytes: 60 of 550 ms of processor time to the first answer. Names stay, for stack traces in the log.
const daemon = {
  target,
  supported: noImport,
  minifyWhitespace: true,
  minifySyntax: true,
};
await Promise.all([
  // A third fewer bytes to read: 1.3 ms of a start of 37 (medians of 61 interleaved runs).
  bundle('qantara-shim', 'shim/mcp.ts', { ...guarded, minify: true }),
  bundle('qantara', 'shim/cli.ts', {
    ...guarded,
    plugins: [apart('main', 'qantara-main')],
    supported: noImport,
  }),
  // jsonc-parser's CommonJS finds its parts in a way that a bundler cannot follow; its ES modules are as good.
  bundleParts('qantara-main', ['shim/main.ts', 'shim/commands/jobs.ts', 'shim/commands/jobs/ls.ts'], {
    target,
    mainFields: ['module', 'main'],
  }),
  bundle('qantara-daemon', 'daemon/entry.ts', {
    target,
    plugins: [apart('main', 'qantara-daemon-main')],
    supported: noImport,
  }),
  bundle('qantara-daemon-main', 'daemon/main.ts', {
    ...daemon,
    external: ['better-sqlite3'],
    plugins: [apart('app', 'qantara-daemon-app'), mcpWithoutAjv, mcpSchemasInUse],
  }),
  // What the routes of persons need is more than half of the code, and a daemon that serves hosts needs none of it:
  // apart it costs such a one 1.8 MB less, and 10 of 190 ms of processor time of its start.
  bundle('qantara-daemon-app', 'daemon/routes/app.ts', daemon),
]);
