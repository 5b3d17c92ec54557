import { expect, test } from 'vitest';
import { type Begun, withBeginning } from '../../../shared/begun.ts';
import type { AgentEvent } from '../../../shared/events.ts';

const told = (...events: AgentEvent[]): AgentEvent[] => {
  const begun: Begun = new Map();
  return events.flatMap((event) => withBeginning(begun, event));
};

test('what finishes is told with what began, also where several run at once', () => {
  const events = told(
    { type: 'command', phase: 'started', command: 'npm test', id: 'a' },
    { type: 'tool', phase: 'started', name: 'write x', id: 'b', file: { path: 'x', change: 'changed' } },
    { type: 'tool', phase: 'finished', name: 'tool', ok: true, id: 'b' },
    { type: 'command', phase: 'finished', command: 'Bash', exitCode: 2, id: 'a' },
  );
  expect(events.slice(2)).toEqual([
    { type: 'tool', phase: 'finished', name: 'write x', ok: true, id: 'b' },
    { type: 'file', path: 'x', change: 'changed' },
    { type: 'command', phase: 'finished', command: 'npm test', exitCode: 2, id: 'a' },
  ]);
});

test('a tool that fails has changed no file', () => {
  const start: AgentEvent = {
    type: 'tool',
    phase: 'started',
    name: 'w',
    id: 'b',
    file: { path: 'x', change: 'changed' },
  };
  expect(told(start, { type: 'tool', phase: 'finished', name: 'tool', ok: false, id: 'b' })).toHaveLength(2);
});

test('an end without a beginning, or without an id, stays as it is', () => {
  const ends: AgentEvent[] = [
    { type: 'tool', phase: 'finished', name: 'tool', ok: true, id: 'none' },
    { type: 'command', phase: 'finished', command: 'ls', exitCode: 0 },
  ];
  expect(told(...ends)).toEqual(ends);
});

test('what never finishes is forgotten at some time', () => {
  const begun: Begun = new Map();
  for (let id = 0; id < 5_000; id++) withBeginning(begun, { type: 'tool', phase: 'started', name: 'x', id: `${id}` });
  expect(begun.size).toBeLessThanOrEqual(1_000);
});
