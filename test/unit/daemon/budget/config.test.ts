import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../../../daemon/config/config.ts';
import { resolvePolicy } from '../../../../shared/policy.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { proves } from '../../../promises.ts';

let home: ReturnType<typeof tempHome>;
beforeEach(() => {
  home = tempHome();
});
afterEach(() => home.remove());

function read(toml: string) {
  const path = join(home.path, 'config.toml');
  writeFileSync(path, toml);
  return readConfig(path);
}

test.each([
  ['[limits]\nmax_calls_per_day = 0\n', 'max_calls_per_day in [limits]'],
  ['[limits]\nmax_tokens_per_tree = 1.5\n', 'max_tokens_per_tree in [limits]'],
  ['[limits]\nmax_cost_usd_per_day = "1e3"\n', 'max_cost_usd_per_day in [limits]'],
  ['[limits]\nmax_cost_usd_per_tree = 0\n', 'max_cost_usd_per_tree in [limits]'],
  ['[prices.codex]\ninput = 1\n', '[prices.codex] has no "output"'],
  ['[prices.codex]\ninput = -1\noutput = 1\n', 'input in [prices.codex]'],
  ['[policy]\nmax_calls = 0\n', 'max_calls in [policy]'],
  ['[policy]\nmax_cost_usd = "1e3"\n', 'max_cost_usd in [policy]'],
])(`${proves('U-10', 'U-09')} %j is refused by name`, (toml, name) => {
  const resolve = () => {
    const { layers } = read(toml);
    return resolvePolicy(layers.below('claude'), layers.ceiling);
  };
  expect(resolve).toThrow(name);
});

test(`${proves('U-01')} the ceiling cuts a budget, and is one where nobody set any`, () => {
  const { layers } = read('[policy]\nmax_calls = 50\n[ceiling]\nmax_calls = 20\nmax_cost_usd = 2.5\n');
  const policy = resolvePolicy(layers.below('claude'), layers.ceiling);
  expect(policy).toMatchObject({ maxCalls: 20, maxTokens: undefined, maxCostUsd: 2.5 });
  expect(policy.origins).toMatchObject({ max_calls: expect.stringContaining('[ceiling]'), max_tokens: 'default' });
});
