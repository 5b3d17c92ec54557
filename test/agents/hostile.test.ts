import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Run } from '../../shared/agents/agent.ts';
import { agents } from '../../shared/agents/index.ts';
import { isModelName } from '../../shared/policy.ts';
import { hostile, nasty } from '../helpers/hostile.ts';
import { proves } from '../promises.ts';

/** The elements of a run's arguments that differ from those of the same run without the datum. */
const added = (args: readonly string[], without: readonly string[]): string[] =>
  args.filter((arg) => !without.includes(arg));

test.each(agents)(`${proves('P-32')} $name takes any accepted model as the value of one flag`, (agent) => {
  let accepted = 0;
  fc.assert(
    fc.property(hostile, fc.constantFrom(...agent.modes), (model, mode) => {
      if (!isModelName(model)) return;
      accepted++;
      const run: Run = { prompt: 'never an argument', cwd: '/', mode: mode.name };
      expect(added(agent.args({ ...run, model }), agent.args(run))).toEqual([`--model=${model}`]);
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

test(`${proves('P-32')} what is no name is accepted neither as a model nor as a session`, () => {
  const shape = /^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]*$/;
  for (const text of nasty.filter((one) => !shape.test(one) || one.length > 128)) {
    expect(isModelName(text)).toBe(false);
    for (const agent of agents) expect(agent.sessionId.test(text)).toBe(false);
  }
  fc.assert(
    fc.property(hostile, (text) => {
      if (isModelName(text)) expect(text).toMatch(shape);
      const id = /^[0-9a-f-]{36}$/i;
      for (const agent of agents) if (agent.sessionId.test(text)) expect(text).toMatch(id);
    }),
    { numRuns: 5_000 },
  );
  for (const agent of agents) {
    expect(agent.sessionId.test('00000000-0000-4000-8000-000000000000\n--yolo')).toBe(false);
    expect(agent.sessionId.test('00000000-0000-4000-8000-000000000000\n')).toBe(false);
  }
  expect(isModelName('gpt\n')).toBe(false);
});
