import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOf, jsonOf, models } from './request.ts';

interface Message {
  content: object[];
}

let at: Awaited<ReturnType<typeof models>>;
beforeAll(async () => {
  at = await models();
});
afterAll(() => at.server.close());

const ask = (content: unknown, more: object = {}) =>
  at.post('/v1/messages', { model: 'm', messages: [{ role: 'user', content }], stream: true, ...more });

describe('Anthropic Messages', () => {
  test('streams an answer', async () => {
    const events = eventsOf(await (await ask('[[say hi]]')).text());
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events[2]).toMatchObject({ delta: { type: 'text_delta', text: 'hi' } });
  });

  test('answers in one object without stream', async () => {
    const body = await (await ask('[[say hi]]', { stream: false })).json();
    expect(body).toMatchObject({ content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn', model: 'm' });
  });

  test('calls an offered tool by the end of its name, an unlisted one as a tool of ours', async () => {
    const tools = [{ name: 'Bash' }, { name: 'mcp__other__ask_codex' }];
    const call = async (more: object) =>
      (await jsonOf<Message>(await ask('[[call ask_codex {"task":"t"}]]', { stream: false, ...more }))).content[0];
    expect(await call({ tools })).toMatchObject({
      type: 'tool_use',
      name: 'mcp__other__ask_codex',
      input: { task: 't' },
    });
    expect(await call({ tools: [] })).toMatchObject({ name: 'mcp__qantara__ask_codex' });
  });

  test('reads the last words of the user without reminders, and the results since', async () => {
    const messages = [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'ECHO: first' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '<system-reminder>x</system-reminder>' },
          { type: 'text', text: 'go [[call t]]' },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'u', name: 't', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'u', content: [{ type: 'text', text: 'out' }] }] },
    ];
    const body = await (
      await at.post('/v1/messages', { messages, thinking: { type: 'adaptive' }, output_config: { effort: 'high' } })
    ).json();
    expect(body).toMatchObject({ content: [{ text: 'RESULTS: out' }] });
    expect(at.server.requests.at(-1)).toMatchObject({
      prompt: 'go [[call t]]',
      earlier: ['first'],
      results: ['out'],
      reasoning: { thinking: { type: 'adaptive' }, effort: 'high' },
    });
  });

  test('refuses without a key, with a scripted status, and at a limit with the time of its end', async () => {
    expect((await at.post('/v1/messages', { messages: [] }, {})).status).toBe(401);
    const failed = await ask('[[fail 529]]');
    expect([failed.status, await failed.json()]).toMatchObject([529, { error: { message: 'scripted failure 529' } }]);
    const before = Math.floor(Date.now() / 1000);
    const limited = await ask('[[limit 600]]');
    expect([limited.status, await limited.json()]).toMatchObject([429, { error: { type: 'rate_limit_error' } }]);
    const reset = Number(limited.headers.get('anthropic-ratelimit-unified-reset'));
    expect(reset - before).toBeGreaterThanOrEqual(600);
    expect(reset - before).toBeLessThan(660);
  });

  test('counts tokens', async () => {
    const body = await jsonOf<{ input_tokens: number }>(await at.post('/v1/messages/count_tokens', { messages: [] }));
    expect(body.input_tokens).toBeGreaterThan(0);
  });
});
