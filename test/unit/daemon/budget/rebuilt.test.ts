import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rebuildStore } from '../../../../daemon/store/rescue.ts';
import { createStore } from '../../../../daemon/store/store.ts';
import { newJob } from '../../../helpers/new-job.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { proves } from '../../../promises.ts';

let home: ReturnType<typeof tempHome>;
beforeEach(() => {
  home = tempHome();
});
afterEach(() => home.remove());

const spent = { inputTokens: 100, outputTokens: 10, cachedTokens: 1, costUsd: 0.5, costEstimated: 0 } as const;

test(`${proves('U-03')} a store that is made anew of its jobs has spent what they had`, () => {
  const now = Date.now();
  const before = createStore(join(home.path, 'a.db'));
  const budgets = JSON.stringify([{ account: 'conversation x', calls: 5 }]);
  const first = before.jobs.insert(newJob({ budgets, sessionId: 's', createdAt: now }));
  const second = before.jobs.insert(newJob({ budgets, root: first.id, parent: first.id, createdAt: now }));
  for (const { id } of [first, second]) before.jobs.spent(id, spent, now);
  const rows = before.list.jobs({}, 2);
  const accounts = ['conversation x', `tree ${first.id}`, before.spending.day(now)];
  const sums = accounts.map((account) => before.spending.of(account));
  expect(sums).toEqual(accounts.map(() => ({ calls: 2, tokens: 220, costUsd: 1 })));
  before.close();
  rebuildStore(join(home.path, 'b.db'), rows);
  const after = createStore(join(home.path, 'b.db'));
  expect(accounts.map((account) => after.spending.of(account))).toEqual(sums);
  expect(after.spending.ofSession('codex', 's')).toEqual({ inputTokens: 100, outputTokens: 10, cachedTokens: 1 });
  // What their output tells again is not charged again.
  after.jobs.spent(first.id, spent, now);
  expect(after.spending.of('conversation x')).toEqual(sums[0]);
  after.close();
});

test('an account that nobody used for long is forgotten, and its warnings', () => {
  const store = createStore(join(home.path, 'a.db'));
  store.jobs.insert(newJob({ createdAt: 1000, budgets: '[{"account":"old"}]' }));
  store.jobs.insert(newJob({ createdAt: 3000, budgets: '[{"account":"new"}]' }));
  expect(store.spending.warnsFirst('old', 'calls', 1000)).toBe(true);
  expect(store.spending.warnsFirst('old', 'calls', 1000)).toBe(false);
  store.spending.forget(2000);
  expect([store.spending.of('old').calls, store.spending.of('new').calls]).toEqual([0, 1]);
  expect(store.spending.warnsFirst('old', 'calls', 3000)).toBe(true);
  store.close();
});
