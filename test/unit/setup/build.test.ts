import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const dist = join(import.meta.dirname, '../../../dist');
const source = (name: string): string => readFileSync(join(dist, name), 'utf8');
const bins = ['qantara.js', 'qantara-shim.js'];

test.each(bins)('%s needs no package and is executable', (name) => {
  const required = [...source(name).matchAll(/\brequire\("([^"]+)"\)/g)].map(([, module]) =>
    module?.replace('node:', ''),
  );
  expect(required.length).toBeGreaterThan(3);
  expect(required.filter((module) => !builtinModules.includes(module ?? ''))).toEqual([]);
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
  expect(source('qantara-daemon.js')).toContain('require("better-sqlite3")');
});
