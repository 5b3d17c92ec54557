import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../../shared/version.ts';
import { call, opening } from '../helpers/shim.ts';
import { tempHome } from '../helpers/temp.ts';
import { proves } from '../promises.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const home = tempHome();
const prefix = join(home.path, 'prefix');
const bin = join(prefix, 'bin');
/** npm needs the proxy and certificates of this machine; the programs get nothing but this. */
const env = { HOME: home.path, PATH: `${join(process.execPath, '..')}:/usr/local/bin:/usr/bin:/bin` };
const npmEnv = { ...process.env, ...env };

/** Installs the package as a person would, without any install script, into a prefix of its own. */
beforeAll(async () => {
  mkdirSync(prefix);
  await run('npm', ['pack', '--pack-destination', home.path], { cwd: root, env: npmEnv });
  const tarball = readdirSync(home.path).find((name) => name.endsWith('.tgz')) ?? '';
  const options = ['--global', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', prefix];
  await run('npm', ['install', ...options, join(home.path, tarball)], { cwd: home.path, env: npmEnv });
}, 180_000);
afterAll(async () => {
  await run(join(bin, 'qantara'), ['daemon', 'stop'], { env });
  home.remove();
});

test('the package holds the programs and the documents, and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, env: npmEnv });
  // npm 12 keys the report by package name, older ones give a list.
  const [report] = Object.values(JSON.parse(stdout) as Record<string, { files: { path: string }[] }>);
  const parts = /^dist\/part-[a-z-]+-[0-9A-Z]{8}\.js$/;
  const paths = report?.files.map((file) => file.path).sort();
  expect(paths?.filter((path) => !parts.test(path))).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist/package.json',
    'dist/qantara-daemon-app.js',
    'dist/qantara-daemon-main.js',
    'dist/qantara-daemon.js',
    'dist/qantara-main.js',
    'dist/qantara-shim.js',
    'dist/qantara.js',
    'package.json',
  ]);
});

test(`${proves('B-25')} the installed command line starts the installed daemon`, async () => {
  expect((await run(join(bin, 'qantara'), ['--version'], { env })).stdout).toBe(`${version}\n`);
  expect((await run(join(bin, 'qantara'), ['daemon', 'start'], { env })).stdout).toMatch(/^The daemon is running/);
});

test(`${proves('B-25')} the installed shim answers a host, and its calls reach the daemon`, async () => {
  const shim = run(join(bin, 'qantara-shim'), ['--host', 'codex'], { env });
  let seen = '';
  shim.child.stdout?.on('data', (chunk) => {
    seen += chunk;
    if (seen.includes('"id":1,') || seen.includes('"id":1}')) shim.child.stdin?.end();
  });
  for (const message of [...opening, call(1, 'check_job')]) shim.child.stdin?.write(`${JSON.stringify(message)}\n`);
  const { stdout } = await shim;
  const [initialized, checked] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(initialized.result.serverInfo).toMatchObject({ name: 'qantara', version });
  expect(checked.result.isError).toBeUndefined();
});
