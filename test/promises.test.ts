import { expect, test } from 'vitest';
import { presentPage, promisePage, provedIn, testFiles } from './promise-table.ts';
import { promises } from './promises.ts';

const files = testFiles();
const cited = new Set(files.flatMap(({ text }) => provedIn(text)));

test('every promise is proved by a test', () => {
  expect(Object.keys(promises).filter((id) => !cited.has(id))).toEqual([]);
});

test('every cited promise exists', () => {
  expect([...cited].filter((id) => !(id in promises))).toEqual([]);
});

test('no test is skipped or singled out', () => {
  const word = ['skip', 'only', 'todo', 'fails'].join('|');
  const silenced = new RegExp(`\\b(test|it|describe)\\.(${word})\\b`);
  expect(files.filter(({ text }) => silenced.test(text)).map(({ file }) => file)).toEqual([]);
});

test('PROMISES.md is of today (npm run promises)', () => {
  expect(presentPage()).toBe(promisePage());
});
