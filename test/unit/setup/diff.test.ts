import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hunksOf, linesOf, patchedBy, patchesBetween } from '../../../setup/diff.ts';

/** The same small numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

function textOf(next: (below: number) => number): string {
  const lines = Array.from({ length: next(30) }, () => `line ${next(12)}\n`).join('');
  return next(3) === 0 ? lines.trimEnd() : lines;
}

test('what is taken away and put in leads from each text to the other', () => {
  const next = numbers(7);
  for (let run = 0; run < 500; run++) {
    const [a, b] = [textOf(next), textOf(next)];
    expect(patchedBy(a, patchesBetween(a, b))).toBe(b);
    expect(patchedBy(b, patchesBetween(b, a))).toBe(a);
  }
});

test('a unified diff is one that patch applies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qantara-diff-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const next = numbers(11);
  for (let run = 0; run < 25; run++) {
    const [a, b] = [textOf(next), textOf(next)];
    if (a === b || a === '' || b === '') continue;
    const body = hunksOf(a, patchesBetween(a, b)).flatMap(({ header, lines }) => [
      `${header}\n`,
      ...lines.map(({ mark, text }) => mark + (text.endsWith('\n') ? text : `${text}\n\\ No newline at end of file\n`)),
    ]);
    const file = join(folder, 'file');
    writeFileSync(file, a);
    const input = `--- file\n+++ file\n${body.join('')}`;
    const { status, stdout } = spawnSync('patch', ['--fuzz=0', '-s', '-o', '-', file], { input, encoding: 'utf8' });
    expect(status, `${stdout}\n${input}`).toBe(0);
    expect(stdout).toBe(b);
  }
});

test('lines keep their ends', () => {
  expect(linesOf('a\r\n\nb')).toEqual(['a\r\n', '\n', 'b']);
  expect(linesOf('')).toEqual([]);
});
