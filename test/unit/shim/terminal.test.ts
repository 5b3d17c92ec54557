import { expect, test } from 'vitest';
import { safe, shorten, table, width } from '../../../shim/terminal.ts';

test('what could deceive a terminal is made visible, the rest is kept', () => {
  expect(safe('a\u001b[31mred\u0007\u009b\u202eevil\u200b')).toBe('a�[31mred��� evil�'.replace(' ', ''));
  expect(safe('two\r\nlines\tand 日本 é😀')).toBe('two lines and 日本 é😀');
});

test('a text is cut by columns, not by characters', () => {
  expect(width('日本é')).toBe(5);
  expect(shorten('日本日本', 8)).toBe('日本日本');
  expect(shorten('日本日本', 7)).toBe('日本日…');
  expect(shorten('abcdef', 3)).toBe('ab…');
});

const rows = [
  ['JOB', 'STATE', 'AGE', 'TASK'],
  ['codex-1', 'running', '5s', 'a long task that goes on and on and on'],
  ['claude-12', 'succeeded', '1h 00m', 'short'],
];

test('columns are as wide as their contents and nothing is cut where there is no terminal', () => {
  expect(table(rows, undefined)).toBe(
    [
      'JOB        STATE      AGE     TASK',
      'codex-1    running    5s      a long task that goes on and on and on',
      'claude-12  succeeded  1h 00m  short',
    ].join('\n'),
  );
});

test.each([80, 50, 40, 30, 20, 10])(
  'no line is wider than a terminal of %i columns, down to a first column and one more',
  (columns) => {
    const lines = table(rows, columns).split('\n');
    const least = 'claude-12'.length + 2 + 1;
    for (const line of lines) expect(width(line)).toBeLessThanOrEqual(Math.max(columns, least));
    expect(lines[1]).toMatch(/^codex-1 /);
  },
);

test('middle columns go first, from the right', () => {
  expect(table(rows, 40).split('\n')[0]).toBe('JOB        STATE      TASK');
  expect(table(rows, 28).split('\n')[0]).toBe('JOB        TASK');
});
