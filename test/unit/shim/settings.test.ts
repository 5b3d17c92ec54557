import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettings } from '../../../shim/settings.ts';
import { type Bench, bench, call, opening, textOf } from '../../helpers/shim.ts';

let machine: Bench;
beforeEach(() => {
  machine = bench();
});
afterEach(() => machine.close());

test('the host is named by --host', () => {
  const environment = { HOME: '/h' };
  const named = readSettings(['--host', 'codex'], environment);
  expect([named.host, named.fault]).toEqual(['codex', undefined]);
  expect(readSettings(['--host=codex'], environment)).toMatchObject({ host: 'codex' });
  expect(readSettings([], environment).host).toBeUndefined();
});

test.each([[['--host']], [['--hots', 'x']], [['--host', 'a', 'b']], [['codex']]])(
  'arguments %j are a fault',
  (args) => {
    const { fault, paths } = readSettings(args, { HOME: '/h' });
    expect(fault).toContain(
      `qantara-shim: it takes only --host NAME (at most 64 characters), not "${args.join(' ')}".`,
    );
    expect(paths).toBeUndefined();
  },
);

test('BRIDGE_EXPOSE says which agents are offered', () => {
  expect(readSettings([], { HOME: '/h', BRIDGE_EXPOSE: 'codex, claude' }).exposed).toEqual(['codex', 'claude']);
});

test.each([
  ['a policy value', { BRIDGE_TIMEOUT_MS: 'soon' }, 'BRIDGE_TIMEOUT_MS is "soon", which is not a whole number'],
  [
    'a state folder',
    { QANTARA_HOME: 'relative' },
    'The state folder relative cannot be used: it is not an absolute path.',
  ],
])('%s that cannot be used is said at once by every call, and no daemon starts', async (_what, environment, words) => {
  const shim = machine.shim({ environment: environment as Record<string, string> });
  shim.send(...opening, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, call(2, 'ask_codex'));
  const failed = await shim.answer(2);
  expect(failed.result).toMatchObject({ isError: true });
  expect(textOf(failed)).toContain(words);
  expect((await shim.answer(0)).result).toMatchObject({ instructions: expect.stringContaining(words) });
  expect((await shim.answer(1)).result).toMatchObject({ tools: expect.any(Array) });
  expect(shim.stderr()).toContain(words);
  expect(machine.daemons()).toEqual([]);
});

test('BRIDGE_DEBUG notes what passed, never what it said', async () => {
  const file = join(machine.home, 'debug.log');
  const shim = machine.shim({ environment: { BRIDGE_DEBUG: file, API_KEY: 'canary-1' } });
  shim.send(...opening, call(1, 'echo', { arguments: { task: 'canary-2' } }));
  await shim.answer(1);
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/ host: tools\/call id=1 \d+ bytes\n/);
  expect(text).toMatch(/ daemon: result id=1 \d+ bytes\n/);
  expect(text).not.toContain('canary');
  expect(text).not.toContain('echo');
});

test('a debug file that cannot be written is said once and changes nothing else', async () => {
  const file = join(machine.home, 'no/such/folder');
  const shim = machine.shim({ environment: { BRIDGE_DEBUG: file } });
  shim.send(...opening, call(1, 'echo'));
  expect(textOf(await shim.answer(1))).toMatch(/^echo by/);
  expect(shim.stderr().match(/BRIDGE_DEBUG cannot be written/g)).toHaveLength(1);
  expect(existsSync(file)).toBe(false);
});
