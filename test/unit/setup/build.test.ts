import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const dist = join(import.meta.dirname, '../../../dist');
const source = (name: string): string => readFileSync(join(dist, name), 'utf8');
const bins = ['qantara.js', 'qantara-shim.js'];

test('the command line and the shim need no package', () => {
  const programs = readdirSync(dist).filter((name) => name.endsWith('.js') && !name.startsWith('qantara-daemon'));
  const required = programs.flatMap((name) =>
    [...source(name).matchAll(/\brequire\("([^"]+)"\)/g)].map(([, module = '']) => module.replace('node:', '')),
  );
  expect(required).toContain('net');
  const own = (module: string) => programs.includes(module.replace('./', ''));
  expect(required.filter((module) => !builtinModules.includes(module) && !own(module))).toEqual([]);
});

test.each(bins)('%s is executable', (name) => {
  expect(statSync(join(dist, name)).mode & 0o111).toBe(0o111);
});

test.each(bins)('%s says on an old Node what it needs, before it does anything else', (name) => {
  // The version that the guard reads is the only thing that an old Node differs in here.
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' });`;
  const run = spawnSync(process.execPath, ['-e', `${pretend} require(${JSON.stringify(join(dist, name))})`], {
    encoding: 'utf8',
    env: {},
  });
  expect([run.status, run.stdout]).toEqual([6, '']);
  expect(run.stderr).toMatch(
    /^qantara needs Node\.js 22\.19 or newer, and this is .*\nGet it from https:\/\/nodejs\.org/,
  );
});

test('the daemon keeps its packages outside', () => {
  expect(source('qantara-daemon-main.js')).toContain('require("better-sqlite3")');
});
