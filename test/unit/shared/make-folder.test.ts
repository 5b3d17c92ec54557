import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeFolder } from '../../../shared/make-folder.ts';

const dir = mkdtempSync(join(tmpdir(), 'qn-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('makes a folder and those above it for their owner alone, and twice is once', () => {
  const path = join(dir, 'a/b/c');
  makeFolder(path);
  makeFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(dir, 'a')).mode & 0o777).toBe(0o700);
});

test('says why where it cannot, and comes back from file systems that know no folder of ours', () => {
  writeFileSync(join(dir, 'file'), '');
  expect(() => makeFolder(join(dir, 'file/x'))).toThrow(/ENOTDIR/);
  expect(() => makeFolder('/proc/qantara/logs')).toThrow(/ENOENT|EACCES|EROFS/);
});
