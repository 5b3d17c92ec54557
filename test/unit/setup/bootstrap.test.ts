import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isInstalled, meets } from '../../../setup/bootstrap.mjs';

const root = join(import.meta.dirname, '../../..');

describe('whether the dependencies are those of the lock file', () => {
  const lock = (...packages: [string, { version: string; optional?: boolean }][]) => ({
    packages: Object.fromEntries([['', {}], ...packages]),
  });
  const wanted = lock(
    ['node_modules/a', { version: '1.0.0' }],
    ['node_modules/only-mac', { version: '1.0.0', optional: true }],
  );

  test('nothing installed, or no lock file', () => {
    expect(isInstalled(wanted, undefined)).toBe(false);
    expect(isInstalled(undefined, wanted)).toBe(false);
  });
  test('all, without the packages for other platforms', () => {
    expect(isInstalled(wanted, lock(['node_modules/a', { version: '1.0.0' }]))).toBe(true);
  });
  test('another version, or one missing', () => {
    expect(isInstalled(wanted, lock(['node_modules/a', { version: '1.0.1' }]))).toBe(false);
    expect(isInstalled(wanted, lock())).toBe(false);
  });
  test('those of this repository', () => {
    const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
    expect(isInstalled(read('package-lock.json'), read('node_modules/.package-lock.json'))).toBe(true);
  });
});

test.each([
  ['v22.19.0', true],
  ['v22.18.9', false],
  ['v20.20.2', false],
  ['v24.0.0', true],
  ['v26.1.0', true],
])('Node %s meets >=22.19: %s', (version, met) => {
  expect(meets(version, '>=22.19')).toBe(met);
});
