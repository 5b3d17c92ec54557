import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Check } from '../../../setup/doctor/check.ts';
import { checks } from '../../../setup/doctor/checks/index.ts';
import { resultsText, summaryText } from '../../../setup/doctor/render.ts';
import { examine } from '../../../setup/doctor/run.ts';
import { isBefore } from '../../../setup/doctor/versions.ts';
import { agents } from '../../../shared/agents/index.ts';
import { clis } from '../../helpers/real-clis.ts';
import { proves } from '../../promises.ts';

const ids = checks.map(({ id }) => id);
const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');

test(`${proves('P-40')} every row of the README's table has a check, and every check a row`, () => {
  const section = readme.slice(readme.indexOf('| what you see |'), readme.indexOf('Everything of qantara lives under'));
  const rows = section.trim().split('\n').slice(2);
  const cited = rows.map((row) => /`([\w-]+)` \|$/.exec(row)?.[1] ?? row);
  expect(cited.filter((id) => !ids.includes(id))).toEqual([]);
  expect(ids.filter((id) => !cited.includes(id))).toEqual([]);
});

test('ids are unique, and a check needs only what comes before it', () => {
  expect(new Set(ids).size).toBe(ids.length);
  for (const [at, { needs = [] }] of checks.entries())
    expect(ids.slice(0, at)).toEqual(expect.arrayContaining([...needs]));
});

test('the releases that agents name as tested are those that the end-to-end tests pin', () => {
  const pinned = (name: string) =>
    Object.values(clis)
      .filter(({ binary }) => binary === name)
      .map(({ version }) => version);
  for (const { binary, tested } of agents) expect([...tested].sort()).toEqual(pinned(binary).sort());
});

const place = { home: '/nowhere', environment: {}, platform: 'linux' } as const;
const table: Check[] = [
  {
    id: 'a',
    title: 'A',
    group: 'One',
    run: () => ({ status: 'fault', detail: `broken ${'very '.repeat(30)}`, remedy: 'mend a', fix: () => 'mended a' }),
  },
  { id: 'b', title: 'B', group: 'One', needs: ['a'], run: () => ({ status: 'ok', detail: 'never' }) },
  {
    id: 'c',
    title: 'C',
    group: 'Two',
    run: () => {
      throw new Error('thrown');
    },
  },
  { id: 'd', title: 'D', group: 'Two', run: () => [{ name: 'x', title: 'X', status: 'ok', detail: 'x'.repeat(200) }] },
];

test('a check that needs a faulty one is skipped with the reason, and one that throws is a fault', async () => {
  const results = await examine(place, false, table);
  expect(results.map(({ id, status }) => `${id} ${status}`)).toEqual(['a fault', 'b skipped', 'c fault', 'd.x ok']);
  expect(results[1]?.detail).toBe('not possible while a is a fault');
  expect(results[2]?.detail).toBe('thrown');
  expect((await examine(place, true, table))[0]).toMatchObject({ status: 'fault', did: 'mended a' });
});

test('a fault that has been named is not named again by those that meet it too', async () => {
  const results = await examine({ ...place, environment: { QANTARA_HOME: 'relative' } });
  expect(results.find(({ id }) => id === 'state-folder')?.detail).toContain('it is not an absolute path');
  expect(results.find(({ id }) => id === 'host')?.detail).toBe('not possible while state-folder is a fault');
});

test('nothing but a remedy is wider than 80 columns', async () => {
  const results = await examine(place, false, table);
  for (const line of resultsText(results).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(resultsText(results)).toContain('\n           → mend a');
  expect(summaryText(results)).toContain('2 faults, 0 warnings, 1 ok.');
});

test.each([
  ['2.1.197', '2.1.330', true],
  ['2.1.330', '2.1.330', false],
  ['10.0.0', '9.9.9', false],
  ['22.9.0', '22.19', true],
])('%s is before %s: %s', (a, b, expected) => {
  expect(isBefore(a, b)).toBe(expected);
});
