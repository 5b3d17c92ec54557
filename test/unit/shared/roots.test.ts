import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { bothRoots, isWithin, roots } from '../../../shared/roots.ts';
import { tempHome } from '../../helpers/temp.ts';
import { proves } from '../../promises.ts';

const home = tempHome();
afterAll(() => home.remove());

test('a directory is within itself and what is above it, not beside one whose name it begins with', () => {
  expect(isWithin('/a/b', '/a/b')).toBe(true);
  expect(isWithin('/a/b/c', '/a/b')).toBe(true);
  expect(isWithin('/a/bc', '/a/b')).toBe(false);
  expect(isWithin('/a', '/a/b')).toBe(false);
  expect(isWithin('/a', '/')).toBe(true);
});

test('a value is a list of absolute paths or of paths from ~/, which is taken as where it leads', () => {
  mkdirSync(join(home.path, 'real'));
  symlinkSync(join(home.path, 'real'), join(home.path, 'link'));
  expect(roots.read(`${home.path}/link, /nowhere/../gone`)).toEqual([join(home.path, 'real'), '/gone']);
  expect(roots.read('~/x')?.[0]).toMatch(/^\/.*\/x$/);
  for (const text of ['', 'relative', './x', '~someone/x', '/a,', '/a\0']) expect(roots.read(text)).toBeNull();
});

const path = fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const some = fc.option(fc.array(path, { maxLength: 4 }), { nil: undefined });
const allows = (list: readonly string[] | undefined, cwd: string): boolean =>
  list === undefined || list.some((root) => isWithin(cwd, root));

test(`${proves('H-01')} two lists together allow exactly what both allow`, () => {
  fc.assert(
    fc.property(some, some, path, (one, other, cwd) => {
      expect(allows(bothRoots(one, other), cwd)).toBe(allows(one, cwd) && allows(other, cwd));
    }),
    { numRuns: 5_000 },
  );
});
