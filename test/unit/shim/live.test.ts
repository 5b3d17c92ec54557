import { expect, test } from 'vitest';
import type { JobRow } from '../../../shared/wire.ts';
import { durationOf, readMoment, readStates } from '../../../shim/commands/values.ts';
import { eventWriter } from '../../../shim/live/event-lines.ts';
import { asTree, listing } from '../../../shim/live/listing.ts';
import { safeWriter } from '../../../shim/live/output.ts';
import { fitted } from '../../../shim/live/progress.ts';
import { safeText, width } from '../../../shim/terminal.ts';
import { proves } from '../../promises.ts';

const row = (id: string, more: Partial<JobRow> = {}): JobRow => ({
  id,
  agent: id.split('-')[0] ?? '',
  state: 'running',
  task: 'a task',
  cwd: '/',
  host: 'terminal',
  parent: null,
  sessionId: null,
  background: false,
  createdAt: 0,
  startedAt: 0,
  endedAt: null,
  error: null,
  usage: {},
  ...more,
});

test('durations and moments', () => {
  expect(['90s', '10m', '1h30m', '2d', '500ms', '7'].map(durationOf)).toEqual([
    90_000, 600_000, 5_400_000, 172_800_000, 500, 7_000,
  ]);
  for (const text of ['', 'soon', '1x', '-5s', '1.5h', 'm']) expect(durationOf(text)).toBeUndefined();
  expect(readMoment('2026-01-31T00:00:00Z')).toBe(Date.UTC(2026, 0, 31));
  expect(() => readMoment('yesterday')).toThrow(/a duration ago such as 90s/);
  expect(readStates('running, timed out')).toEqual(['running', 'timed_out']);
  expect(() => readStates('gone')).toThrow(/Allowed: queued, starting, running/);
});

test(`${proves('A-12')} what was delegated stands below what delegated it, the eldest first`, () => {
  const rows = [
    row('codex-6', { parent: 'claude-1' }),
    row('gemini-5', { parent: 'codex-2' }),
    row('claude-4', { parent: 'gone-3' }),
    row('codex-2', { parent: 'claude-1' }),
    row('claude-1'),
  ];
  expect(asTree(rows).map(({ row: { id }, branch }) => branch + id)).toEqual([
    'claude-4',
    'claude-1',
    '├ codex-2',
    '│ └ gemini-5',
    '└ codex-6',
  ]);
  const text = listing(rows, { tree: true, columns: 40, now: 65_000 });
  for (const line of text.split('\n')) expect(width(line)).toBeLessThanOrEqual(40);
});

test(`${proves('A-10')} the spinner's line keeps within its columns and cuts the action first`, () => {
  expect(fitted('⠋ codex-1 thinking', '日本日本日本日本日本', '1s', 60)).toBe(
    '⠋ codex-1 thinking: 日本日本日本日本日本 (1s)',
  );
  for (let columns = 1; columns < 80; columns++) {
    const line = fitted('⠋ codex-1 running a command', '$ 日本 npm test', '1m 05s · 12.3k tokens', columns);
    expect(width(line)).toBeLessThanOrEqual(columns);
  }
});

test(`${proves('A-09')} text keeps its lines and tabs and nothing else that a terminal obeys`, () => {
  expect(safeText('a\r\nb\tc\u001b[1m\u0007\r')).toBe('a\nb\tc�[1m��');
});

test(`${proves('A-09')} pieces are as safe as the whole, also cut in a character or a line break`, () => {
  const bytes = Buffer.from('é漢\r\nx\ry\u001b[2J😀');
  for (let at = 0; at <= bytes.length; at++) {
    let out = '';
    const writer = safeWriter((text) => {
      out += text;
    });
    writer.bytes(bytes.subarray(0, at));
    writer.bytes(bytes.subarray(at));
    writer.end();
    expect(out).toBe('é漢\nx�y�[2J😀\n');
  }
});

test('pieces of a message follow each other, further lines are indented', () => {
  let out = '';
  const writer = eventWriter(
    (text) => {
      out += text;
    },
    (_at, kind) => `[${kind}] `,
  );
  writer.event({ type: 'message', text: 'one ', delta: true }, 0);
  writer.event({ type: 'message', text: 'two\nthree', delta: true }, 0);
  writer.event({ type: 'command', phase: 'finished', command: 'ls', exitCode: 0 }, 0);
  writer.event({ type: 'hologram', text: 'x\u001b' } as never, 0);
  writer.event({ type: 'message', text: 'end', delta: true }, 0);
  writer.finish();
  expect(out).toBe(
    '[message] one two\n  three\n[command] $ ls → exit 0\n[hologram] {"type":"hologram","text":"x\\u001b"}\n[message] end\n',
  );
});
