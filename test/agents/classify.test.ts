import { describe, expect, it } from 'vitest';
import type { Agent, Exit } from '../../shared/agents/agent.ts';
import { claude } from '../../shared/agents/claude.ts';
import { codex } from '../../shared/agents/codex.ts';
import { gemini } from '../../shared/agents/gemini.ts';
import { emptySummary, fold } from '../../shared/events.ts';

const errorOf = (agent: Agent, entry: object) =>
  agent.parse(JSON.stringify(entry)).find((event) => event.type === 'error');
const explain = (agent: Agent, exit: Partial<Exit>) =>
  agent.explain({ code: 1, stdout: '', stderr: '', ...exit }, emptySummary());

describe('codex', () => {
  const failed = (message: string) => errorOf(codex, { type: 'turn.failed', error: { message } });
  it('tells the time at which a limit ends', () => {
    expect(failed('You’ve hit your usage limit. Visit https://x or try again at 5:09 PM.')).toMatchObject({
      code: 'usage_limit',
      retryAt: '5:09 PM',
    });
    expect(failed('Rate limit reached. Please try again in 11.054s.')).toMatchObject({ retryAt: 'in 11.054s' });
  });
  it('unwraps the body of a refusal', () => {
    expect(failed('{"error":{"message":"bad thing","type":"invalid_request_error"}}')).toMatchObject({
      code: 'agent_failed',
      message: 'bad thing',
    });
  });
  it('does not take a reconnection for a failure', () => {
    const line = JSON.stringify({ type: 'error', message: 'Reconnecting... 2/5 (stream disconnected)' });
    expect(codex.parse(line)).toEqual([{ type: 'warning', message: 'Reconnecting... 2/5 (stream disconnected)' }]);
  });
  it('finds the reason of a run that ended between error and turn.failed', () => {
    const stdout = `${JSON.stringify({ type: 'error', message: 'unexpected status 401 Unauthorized: x' })}\n`;
    expect(explain(codex, { stdout })).toMatchObject({ code: 'not_logged_in' });
  });
  // Shapes from the CLI's event types that the scripted models cannot bring about.
  it('reads plans, searches and tools of other servers', () => {
    const item = (data: object, type = 'item.completed') => codex.parse(JSON.stringify({ type, item: data }));
    const items = [
      { text: 'a', completed: true },
      { text: 'b', completed: false },
    ];
    expect(item({ type: 'todo_list', items }, 'item.updated')).toEqual([{ type: 'plan', text: '[x] a\n[ ] b' }]);
    expect(item({ type: 'web_search', query: 'q' })).toEqual([
      { type: 'tool', phase: 'finished', name: 'web_search q', ok: true },
    ]);
    expect(item({ type: 'mcp_tool_call', server: 's', tool: 't', status: 'failed' })).toEqual([
      { type: 'tool', phase: 'finished', name: 's.t', ok: false },
    ]);
    expect(item({ type: 'something_new' })[0]?.type).toBe('raw');
  });
});

describe('claude', () => {
  const result = (more: object) => errorOf(claude, { type: 'result', subtype: 'success', is_error: true, ...more });
  it('goes by is_error, not by the subtype', () => {
    expect(result({ result: 'API Error: 400 x', api_error_status: 400 })).toMatchObject({ code: 'agent_failed' });
  });
  it.each(['error_max_turns', 'error_max_budget_usd', 'error_during_execution', 'error_of_the_future'])(
    'has words for %s',
    (subtype) =>
      expect(result({ subtype })).toMatchObject({
        code: subtype === 'error_max_budget_usd' ? 'budget_exceeded' : 'agent_failed',
        message: expect.stringMatching(/\w/),
      }),
  );
  it('adds what every result of a run tells, subagents included', () => {
    const models = (costUSD: number) => ({
      m: { inputTokens: 30, cacheReadInputTokens: 10, outputTokens: 20, costUSD },
    });
    // As 2.1.330 ends a run with an agent in the background; `usage` knows of no subagent.
    const results = [models(0.5), {}].map((since) => ({
      type: 'result',
      subtype: 'success',
      is_error: false,
      total_cost_usd: 0.7,
      usage: { input_tokens: 10, output_tokens: 5 },
      modelUsage: models(0.7),
      model_usage_since_last_result: since,
    }));
    const summary = emptySummary();
    for (const event of results.flatMap((line) => claude.parse(JSON.stringify(line)))) fold(summary, event);
    expect(summary.usage).toEqual({ inputTokens: 40, cachedTokens: 10, outputTokens: 20, costUsd: 0.5 });
  });
  it('does not take the words of a subagent for the answer', () => {
    const message = { content: [{ type: 'text', text: 'mine' }] };
    const line = JSON.stringify({ type: 'assistant', message, parent_tool_use_id: 'toolu_1' });
    expect(claude.parse(line)).toEqual([{ type: 'reasoning', text: 'mine' }]);
  });
  it('reads an unknown session from stderr alone', () => {
    expect(explain(claude, { stderr: 'No conversation found with session ID: x\n' })?.code).toBe('unknown_session');
  });
  it('does not blame stderr for a signal', () => {
    expect(explain(claude, { code: 143, stderr: 'some remark' })).toBeUndefined();
  });
});

describe('gemini', () => {
  const failed = (message: string) => errorOf(gemini, { type: 'result', status: 'error', error: { message } });
  it('tells how long a limit lasts', () => {
    const words = '[API Error: You have exhausted your capacity on this model. Your quota will reset after 21h9m42s.]';
    expect(failed(words)).toMatchObject({ code: 'usage_limit', retryAt: 'in 21h9m42s' });
  });
  it.each([
    [41, 'not_logged_in'],
    [42, 'agent_failed'],
    [44, 'agent_failed'],
    [52, 'agent_failed'],
    [53, 'agent_failed'],
    [54, 'agent_failed'],
    [55, 'agent_failed'],
    [144, 'agent_failed'],
  ])('knows exit code %i', (code, expected) => {
    expect(explain(gemini, { code, stderr: 'YOLO mode is enabled.\n\u001b[31mSome reason\u001b[0m\n' })).toMatchObject({
      code: expected,
      message: expect.stringContaining('Some reason'),
    });
  });
  it('does not take a run that it stopped itself for a success', () => {
    const summary = emptySummary();
    const lines = [
      { type: 'message', role: 'assistant', content: 'a', delta: true },
      { type: 'error', severity: 'warning', message: 'Loop detected, stopping execution' },
      { type: 'result', status: 'success', stats: {} },
    ];
    for (const event of lines.flatMap((entry) => gemini.parse(JSON.stringify(entry)))) fold(summary, event);
    expect(summary).toMatchObject({ result: { ok: false }, error: { code: 'agent_failed' } });
  });
  it('has no reason for a run that was stopped', () => {
    expect(explain(gemini, { code: 0, stderr: 'YOLO mode is enabled.\n' })).toBeUndefined();
  });
});
