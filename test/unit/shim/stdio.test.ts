import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { maxLineBytes } from '../../../shared/wire.ts';
import { type Bench, bench, call, opening } from '../../helpers/shim.ts';
import { until } from '../../helpers/wait.ts';
import { proves } from '../../promises.ts';

let machine: Bench;
beforeEach(() => {
  machine = bench();
});
afterEach(() => machine.close());

const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'ping' });

test.each([
  ['nothing', false],
  ['a call', true],
  // On a busy machine either process may wait as long for its turn; a shim that is late is so each time.
])(
  `${proves('P-38')} the end of stdin ends it within 100 ms while %s is under way`,
  { retry: 9 },
  async (_what, busy) => {
    const shim = machine.shim();
    shim.send(...opening, call(1, 'echo'), call(2, busy ? 'when-released' : 'echo'));
    await shim.answer(busy ? 1 : 2);
    const before = performance.now();
    shim.process.stdin?.end();
    expect(await shim.ended).toBe(0);
    expect(performance.now() - before).toBeLessThan(100);
  },
);

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it', async (signal) => {
  const shim = machine.shim();
  shim.send(...opening, call(1, 'when-released'));
  await until(() => machine.diary().some((entry) => entry.got?.method === 'tools/call'));
  shim.process.kill(signal);
  await shim.ended;
  expect(shim.process.signalCode).toBe(signal);
});

test('everything that was answered before the end of stdin arrives', async () => {
  const shim = machine.shim();
  for (let id = 1; id <= 300; id++) shim.send({ jsonrpc: '2.0', id, method: 'tools/list' });
  shim.process.stdin?.end();
  await shim.ended;
  expect(shim.lines.map((line) => line.id)).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
});

test('a host that stops reading ends it quietly', async () => {
  const program = join(machine.home, 'dist/qantara-shim.js');
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      `{ sleep 5 & echo '${JSON.stringify(ping(1))}'; wait; } | "${process.execPath}" "${program}" 2>"${machine.home}/err" | true; cat "${machine.home}/err"`,
    ],
    {
      env: { HOME: machine.home, PATH: '/usr/bin:/bin' },
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect([code, output]).toEqual([0, '']);
});

test('lines that are no messages are refused with their id, and do not end it', async () => {
  const shim = machine.shim();
  shim.send('hello', '[]', '{"id":5,"method":"ping"}', '', ping(6));
  await shim.answer(6);
  expect(shim.lines.map(({ id, error }) => [id, error?.code])).toEqual([
    [5, -32600],
    [6, undefined],
  ]);
  expect(shim.stderr()).toContain('Parse error: the line is not JSON. (5 bytes on stdin)');
});

test('a line over the limit is refused with its id, and does not end it', { timeout: 30_000 }, async () => {
  const shim = machine.shim();
  const filler = 'x'.repeat(maxLineBytes);
  shim.send(call(1, 'echo', { filler }), { method: 'tools/call', params: { filler }, jsonrpc: '2.0', id: 2 }, ping(3));
  await shim.answer(3);
  expect(shim.lines.map(({ id, error }) => [id, error?.code])).toEqual([
    [1, -32600],
    [2, -32600],
    [3, undefined],
  ]);
});

test('a line of ten megabytes passes unchanged in both directions', { timeout: 30_000 }, async () => {
  const shim = machine.shim();
  const filler = 'é😀'.repeat(1_700_000);
  shim.send(...opening, call(1, 'echo', { filler }));
  const { result } = await shim.answer(1);
  expect((result as { params: { filler: string } }).params.filler === filler).toBe(true);
});
