import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { keepAnswer, readAnswer } from '../../../../daemon/jobs/answer.ts';
import { folderOf } from '../../../../daemon/runner/folder.ts';
import { proves } from '../../../promises.ts';

const dir = mkdtempSync(join(tmpdir(), 'qn-'));
afterAll(() => rmSync(dir, { recursive: true }));
const folder = folderOf(dir, 'codex-1');

test(`${proves('B-08')} parts of any size put together are the whole, and never split a character`, () => {
  const text = 'aé漢🙂\n'.repeat(37);
  keepAnswer(folder, text);
  for (let size = 1; size < 40; size++) {
    let whole = '';
    let at = 0;
    for (;;) {
      const part = readAnswer(folder, at, size);
      expect(part.text).not.toContain('\uFFFD');
      whole += part.text;
      if (part.next >= part.total) break;
      expect(part.next).toBeGreaterThan(at);
      at = part.next;
    }
    expect(whole).toBe(text);
  }
});

test('beyond the end is empty, and so is a job without an answer', () => {
  keepAnswer(folder, 'short');
  expect(readAnswer(folder, 100, 10)).toEqual({ text: '', total: 5, next: 5 });
  expect(readAnswer(folderOf(dir, 'codex-2'), 0, 10)).toEqual({ text: '', total: 0, next: 0 });
});
