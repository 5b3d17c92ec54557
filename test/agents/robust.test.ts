import { describe, expect, it } from 'vitest';
import type { Agent } from '../../shared/agents/agent.ts';
import { accessLevels } from '../../shared/agents/agent.ts';
import { agents } from '../../shared/agents/index.ts';
import { emptySummary, fold } from '../../shared/events.ts';
import { fixtureNames, readFixture } from '../helpers/fixtures.ts';

/** Mulberry32: the same numbers in every run, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const strange: unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  '',
  'x',
  '__proto__',
  '\u0000',
  [],
  [null],
  {},
  { type: {} },
];

/** The value with a few of its parts replaced by something else, or left out. */
function mutate(value: unknown, next: () => number): unknown {
  if (next() < 0.08) return strange[Math.floor(next() * strange.length)];
  if (Array.isArray(value)) return value.filter(() => next() > 0.05).map((part) => mutate(part, next));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(() => next() > 0.05);
  return Object.fromEntries(entries.map(([key, part]) => [key, mutate(part, next)]));
}

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reversed(part)]),
  );
};

const linesOf = (agent: Agent): string[] =>
  fixtureNames(agent.name)
    .filter((name) => name !== 'huge-output')
    .flatMap((name) => readFixture(agent.name, name).stdout.split('\n').filter(Boolean));

const garbage = (next: () => number): string =>
  Array.from({ length: Math.floor(next() * 80) }, () => String.fromCharCode(Math.floor(next() * 0x250))).join('');

describe.each(agents.map((agent) => [agent.name, agent] as const))('%s', (_name, agent) => {
  const lines = linesOf(agent);
  const pick = (next: () => number): string => lines[Math.floor(next() * lines.length)] ?? '';

  it('reads 5,000 mutated lines without throwing, into events that fold', () => {
    const next = random(1);
    const summary = emptySummary();
    for (let count = 0; count < 5_000; count++) {
      const line = JSON.stringify(mutate(JSON.parse(pick(next)), next));
      for (const event of agent.parse(line)) {
        expect(typeof event.type, line).toBe('string');
        fold(summary, event);
      }
    }
    expect(typeof summary.answer).toBe('string');
  });

  it('reads cut lines and noise as raw', () => {
    const next = random(2);
    for (let count = 0; count < 2_000; count++) {
      const whole = pick(next);
      const cut = whole.slice(0, 1 + Math.floor(next() * (whole.length - 1)));
      expect(agent.parse(cut)).toEqual([{ type: 'raw', line: cut }]);
      expect(() => agent.parse(garbage(next))).not.toThrow();
    }
    for (const line of ['null', '[]', '"x"', '7', '{}', '{"type":null}', '[{"type":"result"}]'])
      expect(agent.parse(line)).toEqual([{ type: 'raw', line }]);
    expect(agent.parse('')).toEqual([]);
  });

  it('does not depend on the order of keys', () => {
    for (const line of lines)
      expect(agent.parse(JSON.stringify(reversed(JSON.parse(line))))).toEqual(agent.parse(line));
  });

  it('explains anything without throwing', () => {
    const next = random(3);
    for (let count = 0; count < 2_000; count++) {
      const code = next() < 0.1 ? null : Math.floor(next() * 256);
      const stdout = next() < 0.5 ? garbage(next) : JSON.stringify(mutate(JSON.parse(pick(next)), next));
      const failure = agent.explain({ code, stderr: garbage(next), stdout }, emptySummary());
      if (failure) expect(failure.message).not.toBe('');
    }
  });

  it('reads the caller from anything without throwing', () => {
    for (const value of strange) {
      const meta = { threadId: value, 'codex/sandbox-state-meta': value };
      for (const answer of [agent.host.session({}, meta), agent.host.workspace({}, meta)])
        expect(['string', 'undefined']).toContain(typeof answer);
      expect([undefined, ...accessLevels]).toContain(agent.host.sandbox({}, meta));
    }
    expect(
      agent.host.workspace({}, { 'codex/sandbox-state-meta': { sandboxCwd: 'file:///%E0%A4%A' } }),
    ).toBeUndefined();
  });
});
