import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

test('many processes make the same folders at once, and none fails', async () => {
  const module = JSON.stringify(join(import.meta.dirname, '../../../shared/make-folder.ts'));
  const script = `import { makeFolder } from ${module};
    while (Date.now() < Number(process.argv[1]));
    for (let n = 0; n < 300; n++) makeFolder(${JSON.stringify(dir)} + '/at-once-' + n + '/x/y');`;
  const start = String(Date.now() + 500);
  const children = Array.from({ length: 2 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script, start], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'close'))[0]));
  expect(codes).toEqual([0, 0]);
});
