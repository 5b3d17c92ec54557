import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { promises } from './promises.ts';

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.test.ts'),
);
const texts = files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
const cited = new Set(
  texts.flatMap((text) =>
    [...text.matchAll(/proves\(([^)]*)\)/g)].flatMap(([, ids]) => ids?.match(/[A-Z]-\d\d/g) ?? []),
  ),
);

test('every promise is proved by a test', () => {
  expect(Object.keys(promises).filter((id) => !cited.has(id))).toEqual([]);
});

test('every cited promise exists', () => {
  expect([...cited].filter((id) => !(id in promises))).toEqual([]);
});

test('no test is skipped or singled out', () => {
  const word = ['skip', 'only', 'todo', 'fails'].join('|');
  const found = files.filter((_file, at) => new RegExp(`\\b(test|it|describe)\\.(${word})\\b`).test(texts[at] ?? ''));
  expect(found).toEqual([]);
});

test('README lists every promise in its own words', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const rows = Object.entries(promises).map(([id, { text }]) => `| ${id} | ${text} |`);
  const table = ['| | |', '|---|---|', ...rows].join('\n');
  expect(readme.split('<!-- promises -->\n')[1]?.split('\n<!-- /promises -->')[0]).toBe(table);
});
