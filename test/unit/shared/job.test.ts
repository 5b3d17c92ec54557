import { expect, test } from 'vitest';
import { isJobId, isTerminal, jobId, jobStates, sourcesOf } from '../../../shared/job.ts';

test('a terminal state is left by nothing and entered from none of its kind', () => {
  const terminal = jobStates.filter(isTerminal);
  expect(terminal).toEqual(['succeeded', 'failed', 'cancelled', 'timed_out', 'lost']);
  for (const state of jobStates) expect(sourcesOf(state).filter(isTerminal)).toEqual([]);
});

test('only a running job can succeed', () => {
  expect(sourcesOf('succeeded')).toEqual(['running']);
});

test('ids are the agent and a number', () => {
  expect(jobId('codex', 42)).toBe('codex-42');
  expect(isJobId('codex-42')).toBe(true);
  for (const text of ['codex', '-1', 'codex-0', 'codex-01', '../codex-1', 'codex-1\n', 'Codex-1']) {
    expect(isJobId(text), text).toBe(false);
  }
});
