import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, bench, call, opening, textOf } from '../helpers/shim.ts';
import { until } from '../helpers/wait.ts';

let machine: Bench;
beforeEach(() => {
  machine = bench();
});
afterEach(() => machine.close());

test('a call that kills every daemon is answered after 15 s, and the shim goes on', { timeout: 40_000 }, async () => {
  const shim = machine.shim();
  shim.send(...opening, call(1, 'die'));
  const started = Date.now();
  const given = await until(() => shim.lines.find((line) => line.id === 1), { timeoutMs: 30_000 });
  expect(textOf(given)).toContain('it ended again and again while calls were under way.');
  expect(Date.now() - started).toBeGreaterThan(14_000);
  shim.send(call(2, 'echo'));
  expect(textOf(await shim.answer(2))).toMatch(/^echo by/);
});
