import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, bench, call, type Entry, envelope, opening, textOf } from '../../helpers/shim.ts';
import { until } from '../../helpers/wait.ts';

let machine: Bench;
beforeEach(() => {
  machine = bench();
});
afterEach(() => machine.close());

const got = (method: string): Entry[] => machine.diary().filter((entry) => entry.got?.method === method);
const kill = (pid: number | undefined) => process.kill(pid ?? Number.NaN, 'SIGKILL');

test('an opening and lists start no daemon; the first call does, and nothing of it is changed', async () => {
  const shim = machine.shim({ args: ['--host', 'codex'], environment: { BRIDGE_CLARIFY: '0', API_KEY: 'secret' } });
  shim.send(...opening, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
  await shim.answer(1);
  expect(machine.daemons()).toEqual([]);

  const request = call(2, 'echo', { _meta: { progressToken: 'p', 'codex/sandbox-state': { x: 1 } } });
  shim.send(request);
  expect(textOf(await shim.answer(2))).toBe(`echo by ${machine.daemons()[0]}`);
  const [started, upgrade, said, ...messages] = machine.diary();
  expect(started?.cwd).toBe(machine.home);
  expect(upgrade?.head).toMatch(/^GET \/mcp HTTP\/1\.1\r\n/);
  expect(upgrade?.head).toMatch(/\r\nUpgrade: qantara-mcp\/1$/m);
  expect(said?.hello).toMatchObject({
    protocol: 1,
    host: 'codex',
    pid: shim.process.pid,
    cwd: machine.home,
    environment: { HOME: machine.home, BRIDGE_CLARIFY: '0', API_KEY: 'secret' },
  });
  expect(messages.map((entry) => entry.got)).toEqual([
    { ...opening[0], id: 'qantara-shim-replay' },
    opening[1],
    request,
  ]);
  expect(shim.lines.map((line) => line.id)).toEqual([0, 1, 2]);
});

test('a host of the 2026-07-28 revision has no opening to repeat', async () => {
  const shim = machine.shim();
  const request = call('a', 'echo', { _meta: envelope });
  shim.send(request);
  await shim.answer('a');
  expect(machine.diary().flatMap((entry) => entry.got ?? [])).toEqual([request]);
});

test('a call under way rides through two killed daemons and runs under the same id of the same shim', async () => {
  const shim = machine.shim();
  shim.send(...opening, call(7, 'when-released'), call('7', 'when-released'));
  await until(() => got('tools/call').length === 2);
  kill(machine.daemons()[0]);
  await until(() => got('tools/call').length === 4);
  kill(machine.daemons()[1]);
  await until(() => got('tools/call').length === 6);
  machine.tell('release');

  const last = machine.daemons()[2];
  expect(textOf(await shim.answer(7))).toBe(`when-released by ${last}`);
  expect(textOf(await shim.answer('7'))).toBe(`when-released by ${last}`);
  expect(got('tools/call').map((entry) => entry.got?.id)).toEqual([7, '7', 7, '7', 7, '7']);
  const shims = machine.diary().flatMap((entry) => entry.hello?.shimId ?? []);
  expect(shims).toHaveLength(3);
  expect(new Set(shims).size).toBe(1);
  expect(got('initialize')).toHaveLength(3);
  expect(shim.lines.map((line) => line.id)).toEqual([0, 7, '7']);
});

test('a daemon that dies while nothing is under way is not replaced until it is needed', async () => {
  const shim = machine.shim();
  shim.send(...opening, call(1, 'echo'));
  await shim.answer(1);
  kill(machine.daemons()[0]);
  shim.send({ jsonrpc: '2.0', id: 2, method: 'ping' });
  await shim.answer(2);
  expect(machine.daemons()).toHaveLength(1);
  shim.send(call(3, 'echo'));
  await shim.answer(3);
  expect(machine.daemons()).toHaveLength(2);
});

test('a cancellation reaches the daemon, and the next one when that dies before it can have acted on it', async () => {
  const shim = machine.shim();
  const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1, reason: 'x' } };
  shim.send(...opening, call(1, 'when-released'));
  await until(() => got('tools/call').length === 1);
  shim.send(cancelled);
  await until(() => got('notifications/cancelled').length === 1);
  kill(machine.daemons()[0]);
  shim.send(call(2, 'echo'));
  await shim.answer(2);
  expect(got('tools/call').map((entry) => entry.got?.id)).toEqual([1, 1, 2]);
});

test('a call that was cancelled while no daemon ran is cancelled at the next one', async () => {
  const shim = machine.shim();
  shim.send(...opening, call(1, 'when-released'));
  await until(() => got('tools/call').length === 1);
  kill(machine.daemons()[0]);
  machine.tell('mute'); // The next daemon takes the connection and stays silent, so that the shim is in between.
  await until(() => machine.diary().some((entry) => entry.muted));
  shim.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
  shim.send({ jsonrpc: '2.0', id: 2, method: 'ping' });
  await shim.answer(2);
  machine.untell('mute');
  kill(machine.daemons()[1]);
  await until(() => got('notifications/cancelled').length === 1);
  expect(
    machine.diary().flatMap((entry) => (entry.pid === machine.daemons()[2] ? (entry.got?.method ?? []) : [])),
  ).toEqual(['initialize', 'notifications/initialized', 'tools/call', 'notifications/cancelled']);
});

test('what the daemon asks the host is answered by the host, and only once', async () => {
  const shim = machine.shim();
  shim.send(...opening, call(1, 'question'));
  const asked = await until(() => shim.lines.find((line) => line.method === 'roots/list'));
  const answer = { jsonrpc: '2.0', id: asked.id, result: { roots: [] } };
  shim.send(answer, answer);
  expect(textOf(await shim.answer(1))).toMatch(/^answered/);
  shim.send(call(2, 'echo'));
  await shim.answer(2);
  expect(machine.diary().filter((entry) => entry.got?.result)).toHaveLength(1);
});

test('an answer that comes twice is passed on once, and a request that nobody knows is passed on', async () => {
  const shim = machine.shim();
  shim.send(...opening, call(1, 'twice'), { jsonrpc: '2.0', id: 2, method: 'future/method' });
  expect((await shim.answer(2)).result).toEqual({ asked: 'future/method' });
  expect(shim.lines.filter((line) => line.id === 1)).toHaveLength(1);
});

test('a daemon that refuses is quoted in the result, and asked again at the next call', async () => {
  machine.tell('refuse');
  const shim = machine.shim();
  shim.send(...opening, call(1, 'echo'));
  const refused = await shim.answer(1);
  expect(refused.result).toMatchObject({ isError: true });
  expect(textOf(refused)).toMatch(/^The qantara daemon cannot be reached at .*: The stand-in refuses\. Run `qantara/);
  machine.untell('refuse');
  shim.send(call(2, 'echo'));
  expect(textOf(await shim.answer(2))).toMatch(/^echo by/);
});
