import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { proves } from '../../promises.ts';

const root = join(import.meta.dirname, '../../..');

/** Every file that `entry` loads, directly or not, with what each imports; types leave no trace at run time. */
function imports(entry: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  const text = readFileSync(entry, 'utf8');
  const found = [
    ...text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'"]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm),
  ];
  const names = found.map(([, fixed, lazy]) => fixed ?? lazy ?? '');
  seen.set(entry, names);
  for (const name of names.filter((one) => one.startsWith('.') && one.endsWith('.ts'))) {
    const file = join(dirname(entry), name);
    if (!seen.has(file)) imports(file, seen);
  }
  return seen;
}

const graph = imports(join(root, 'shim/mcp.ts'));
const outside = [...new Set([...graph.values()].flat())].filter((name) => !name.startsWith('.')).sort();

test(`${proves('B-22')} a shim is made of node: modules alone, and none of the slow ones`, () => {
  // node:http costs 20 ms and 6 MB on Node 22, crypto 3 ms; child_process is only loaded to start a daemon.
  expect(outside).toEqual([
    'node:child_process',
    'node:fs',
    'node:net',
    'node:os',
    'node:path',
    'node:timers/promises',
  ]);
});

test('a shim takes nothing from the daemon, the setup or the command line', () => {
  const folders = new Set([...graph.keys()].map((file) => relative(root, file).split('/').slice(0, -1).join('/')));
  expect([...folders].sort()).toEqual(['shared', 'shared/agents', 'shim']);
});

test('child_process is loaded only where a daemon is started', () => {
  for (const file of graph.keys()) {
    expect(readFileSync(file, 'utf8')).not.toMatch(/from 'node:child_process'/);
  }
});
