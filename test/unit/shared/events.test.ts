import { expect, test } from 'vitest';
import { type AgentEvent, actionsOf, emptySummary, fold, type Summary } from '../../../shared/events.ts';

const summaryOf = (...events: AgentEvent[]): Summary => {
  const summary = emptySummary();
  events.forEach((event, at) => void fold(summary, event, events[at - 1]));
  return summary;
};

test('the last message is the answer, pieces of it are joined', () => {
  const summary = summaryOf(
    { type: 'message', text: 'first' },
    { type: 'tool', phase: 'started', name: 'read' },
    { type: 'message', text: 'sec', delta: true },
    { type: 'message', text: 'ond', delta: true },
  );
  expect(summary.answer).toBe('second');
});

test('the result’s own text is the answer', () => {
  const summary = summaryOf({ type: 'message', text: 'draft' }, { type: 'result', ok: true, text: 'final' });
  expect(summary.answer).toBe('final');
  expect(summary.result).toEqual({ ok: true });
});

test('usage of calls adds up, usage of the run replaces it', () => {
  const call: AgentEvent = { type: 'usage', scope: 'call', inputTokens: 5, outputTokens: 1 };
  expect(summaryOf(call, call).usage).toMatchObject({ inputTokens: 10, outputTokens: 2 });
  const run: AgentEvent = { type: 'usage', scope: 'run', inputTokens: 7, costUsd: 0.5 };
  expect(summaryOf(call, run).usage).toMatchObject({ inputTokens: 7, outputTokens: 1, costUsd: 0.5 });
});

test('the first error is the cause, and a success after it is none', () => {
  const summary = summaryOf(
    { type: 'error', code: 'usage_limit', message: 'limit' },
    { type: 'error', code: 'agent_failed', message: 'echo' },
    { type: 'result', ok: true },
  );
  expect(summary.error).toMatchObject({ code: 'usage_limit', message: 'limit' });
  expect(summary.result?.ok).toBe(false);
});

test('the last few things that it did are kept, how one went in the place of its beginning', () => {
  const summary = summaryOf(
    { type: 'message', text: 'I look.' },
    { type: 'command', phase: 'started', command: 'npm test' },
    { type: 'tool', phase: 'started', name: 'grep' },
    { type: 'command', phase: 'finished', command: 'npm test', exitCode: 1 },
    { type: 'tool', phase: 'finished', name: 'grep', ok: true },
    { type: 'file', path: 'a.ts', change: 'changed' },
    { type: 'raw', line: 'x' },
    { type: 'message', text: 'Do', delta: true },
    { type: 'message', text: 'ne\n.', delta: true },
    { type: 'command', phase: 'started', command: 'x'.repeat(500) },
  );
  expect(actionsOf(summary).map((action) => action.slice(0, 30))).toEqual([
    '$ npm test → exit 1',
    'grep → done',
    'changed a.ts',
    'Done .',
    `$ ${'x'.repeat(28)}`,
  ]);
  expect(summary.phase).toBe('running a command');
});

test('what is told again of one model call replaces what was told of it, until the run has its totals', () => {
  const call = (id: string, inputTokens: number): AgentEvent => ({
    type: 'usage',
    scope: 'call',
    call: id,
    inputTokens,
  });
  expect(summaryOf(call('a', 5), call('b', 1), call('a', 7), call('b', 1)).usage).toEqual({ inputTokens: 8 });
  const run: AgentEvent = { type: 'usage', scope: 'run', inputTokens: 20, outputTokens: undefined };
  expect(summaryOf(call('a', 5), run).usage.inputTokens).toBe(20);
  expect(summaryOf(call('a', 5), run, call('a', 5)).usage.inputTokens).toBe(25);
});

test('totals since the last ones are added to them, in place of the calls since then', () => {
  const run = (costUsd: number, since?: true): AgentEvent => ({ type: 'usage', scope: 'run', since, costUsd });
  const call: AgentEvent = { type: 'usage', scope: 'call', call: 'a', costUsd: 9 };
  expect(summaryOf(call, run(1, true), call, run(2, true)).usage).toEqual({ costUsd: 3 });
  expect(summaryOf(run(1, true), run(0, true)).usage).toEqual({ costUsd: 1 });
  expect(summaryOf(run(1), run(2)).usage).toEqual({ costUsd: 2 });
});
