import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { daemonEnvironment } from '../../../shim/start-daemon.ts';
import { type Bench, bench, call, opening, textOf } from '../../helpers/shim.ts';

let machine: Bench;
beforeEach(() => {
  machine = bench();
});
afterEach(() => machine.close());

const inHome = (...names: string[]): string => join(machine.home, '.qantara', ...names);

test('thirty shims that need a daemon at once start one', { timeout: 60_000 }, async () => {
  const shims = Array.from({ length: 30 }, () => machine.shim());
  for (const shim of shims) shim.send(...opening, call(1, 'echo'));
  const answers = await Promise.all(shims.map((shim) => shim.answer(1)));
  expect(machine.daemons()).toHaveLength(1);
  expect(new Set(answers.map(textOf))).toEqual(new Set([`echo by ${machine.daemons()[0]}`]));
  expect(existsSync(inHome('starting.lock'))).toBe(false);
});

test('the state folder, its logs and the console are for their owner alone', async () => {
  const shim = machine.shim();
  shim.send(...opening, call(1, 'echo'));
  await shim.answer(1);
  const modes = [inHome(), inHome('logs'), inHome('logs', 'daemon.console.log')].map(
    (path) => statSync(path).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o700, 0o600]);
});

test.each([
  ['of a process that has ended', '4194300'],
  ['whose holder died before it wrote its pid', ''],
])('a start lock %s does not block', async (_case, content) => {
  mkdirSync(inHome(), { recursive: true });
  writeFileSync(inHome('starting.lock'), content);
  if (content === '') utimesSync(inHome('starting.lock'), 1, 1);
  const shim = machine.shim();
  shim.send(...opening, call(1, 'echo'));
  expect(textOf(await shim.answer(1))).toMatch(/^echo by/);
});

test('the reason that a daemon left behind is the answer, at once, and the next call tries again', async () => {
  machine.tell('fail');
  const shim = machine.shim();
  const started = Date.now();
  shim.send(...opening, call(1, 'echo'), { jsonrpc: '2.0', id: 2, method: 'future/method' });
  const failed = await shim.answer(1);
  expect(Date.now() - started).toBeLessThan(5_000);
  expect(failed.result).toMatchObject({ isError: true });
  expect(textOf(failed)).toContain(': The stand-in was told to fail. Run `qantara daemon start`');
  expect((await shim.answer(2)).error).toMatchObject({ code: -32603 });
  machine.untell('fail');
  shim.send(call(3, 'echo'));
  expect(textOf(await shim.answer(3))).toMatch(/^echo by/);
});

test('a daemon that ends without a word is named with its exit code and its output', async () => {
  machine.tell('crash');
  const shim = machine.shim();
  shim.send(...opening, call(1, 'echo'));
  expect(textOf(await shim.answer(1))).toContain(`it ended with exit code 3; its output is in ${inHome('logs')}`);
});

test('a state folder that cannot be made is named', async () => {
  writeFileSync(inHome(), '');
  const shim = machine.shim();
  shim.send(...opening, call(1, 'echo'));
  expect(textOf(await shim.answer(1))).toMatch(/cannot be reached at .*: connect ENOTDIR /);
  expect(readFileSync(inHome(), 'utf8')).toBe('');
});

test('a daemon inherits neither the job that its starter runs in, nor one host’s policy, nor a debugger', () => {
  const given = {
    HOME: '/h',
    PATH: '/bin',
    QANTARA_HOME: '/q',
    QANTARA_JOB: 'codex-1',
    BRIDGE_EXPOSE: 'codex',
    NODE_OPTIONS: '--inspect-brk',
    HTTPS_PROXY: 'p',
  };
  expect(daemonEnvironment(given)).toEqual({ HOME: '/h', PATH: '/bin', QANTARA_HOME: '/q', HTTPS_PROXY: 'p' });
});
