import { expect, test } from 'vitest';
import { estimate, priceOf } from '../../../../daemon/budget/prices.ts';
import { spentOf } from '../../../../daemon/budget/spend.ts';
import { claude } from '../../../../shared/agents/claude.ts';
import { codex } from '../../../../shared/agents/codex.ts';
import { proves } from '../../../promises.ts';

const price = { input: 1.25, output: 10, cached: 0.125 };
const none = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };

test(`${proves('U-09')} a price is per million tokens, and cached input has its own`, () => {
  const tokens = { inputTokens: 1_000_000, outputTokens: 100_000, cachedTokens: 400_000 };
  expect(estimate(tokens, price)).toBeCloseTo(0.75 + 1 + 0.05, 12);
  expect(estimate(tokens, { input: 1.25, output: 10 })).toBeCloseTo(1.25 + 1, 12);
  expect(estimate({ ...none, cachedTokens: 10 }, { input: 1, output: 1, cached: 0 })).toBe(0);
});

test('the price of the model counts before that of the agent', () => {
  const other = { input: 9, output: 9 };
  const prices = new Map([
    ['gpt-5', price],
    ['codex', other],
  ]);
  expect(priceOf(prices, [undefined, 'gpt-5', 'codex'])).toBe(price);
  expect(priceOf(prices, ['gpt-6', null, 'codex'])).toBe(other);
  expect(priceOf(prices, ['constructor', null, 'gemini'])).toBeUndefined();
});

test(`${proves('U-09')} a cost that the CLI tells is no estimate, whatever the price`, () => {
  expect(spentOf(claude, { inputTokens: 1, outputTokens: 1, costUsd: 2 }, none, price)).toMatchObject({
    costUsd: 2,
    costEstimated: 0,
  });
  expect(spentOf(codex, { inputTokens: 1 }, none)).toMatchObject({ costUsd: null, costEstimated: 0 });
});

test(`${proves('U-07')} what earlier runs of a session were charged is not charged again, and never less than nothing`, () => {
  const before = { inputTokens: 100, outputTokens: 10, cachedTokens: 50 };
  const usage = { inputTokens: 150, outputTokens: 8, cachedTokens: 60 };
  expect(spentOf(codex, usage, before, price)).toEqual({
    inputTokens: 50,
    outputTokens: 0,
    cachedTokens: 10,
    costUsd: expect.closeTo((40 * 1.25 + 10 * 0.125) / 1e6, 12),
    costEstimated: 1,
  });
  expect(spentOf(claude, usage, before)).toMatchObject(usage);
});
