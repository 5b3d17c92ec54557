import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOf, jsonOf, models } from './request.ts';

let at: Awaited<ReturnType<typeof models>>;
beforeAll(async () => {
  at = await models();
});
afterAll(() => at.server.close());

const user = (...texts: string[]) => ({ role: 'user', content: texts.map((text) => ({ type: 'input_text', text })) });
const ask = (input: object[], more: object = {}) =>
  at.post('/v1/responses', { model: 'm', input, stream: true, ...more });
const itemOf = async (response: Response) =>
  eventsOf(await response.text()).find(({ type }) => type === 'response.output_item.done')?.item;

const direct = {
  tools: [{ name: 'exec_command' }, { type: 'namespace', name: 'mcp__q', tools: [{ name: 'ask_claude' }] }],
};
const codeMode = {
  type: 'additional_tools',
  tools: [{ type: 'namespace', name: 'functions', tools: [{ name: 'exec' }, { name: 'wait' }] }],
};

describe('OpenAI Responses', () => {
  test('streams an answer and the usage', async () => {
    const events = eventsOf(await (await ask([user('[[say hi]]')])).text());
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events[1]).toMatchObject({ item: { type: 'message', content: [{ text: 'hi' }] } });
    expect(events[2]).toMatchObject({ response: { usage: { input_tokens: 11, output_tokens: 7 } } });
  });

  test('calls a tool of a namespace, and a plain one', async () => {
    expect(await itemOf(await ask([user('[[call ask_claude {"task":"t"}]]')], direct))).toMatchObject({
      type: 'function_call',
      name: 'ask_claude',
      namespace: 'mcp__q',
      arguments: '{"task":"t"}',
    });
    const plain = await itemOf(await ask([user('[[call exec_command {"cmd":"ls"}]]')], direct));
    expect(plain).toMatchObject({ type: 'function_call', name: 'exec_command' });
    expect(plain).not.toHaveProperty('namespace');
  });

  test('writes a script where tools are only offered to scripts', async () => {
    const item = await itemOf(await ask([codeMode, user('[[call ask_claude {"task":"t"}]]')]));
    expect(item).toMatchObject({ type: 'custom_tool_call', name: 'exec' });
    const { input } = item as { input: string };
    const called: unknown[] = [];
    const tools = {
      mcp__q__ask_claude: async (args: unknown) => ({ content: [{ text: `got ${JSON.stringify(args)}` }] }),
    };
    const AsyncFunction = (async () => undefined).constructor as new (
      ...args: string[]
    ) => (...args: unknown[]) => Promise<void>;
    await new AsyncFunction('ALL_TOOLS', 'tools', 'text', input)(
      [{ name: 'mcp__q__ask_claude' }],
      tools,
      (x: unknown) => called.push(x),
    );
    expect(called).toEqual(['got {"task":"t"}']);
  });

  test('waits for a script that was put aside, and counts it once', async () => {
    const call = { type: 'custom_tool_call', call_id: 'c', name: 'exec', input: '' };
    const aside = {
      type: 'custom_tool_call_output',
      call_id: 'c',
      output: 'Script running with cell ID 7\nWall time 30 s',
    };
    const before = [codeMode, user('[[call ask_claude {}]]'), call, aside];
    expect(await itemOf(await ask(before))).toMatchObject({
      type: 'function_call',
      name: 'wait',
      arguments: '{"cell_id":"7"}',
    });
    const after = [
      ...before,
      { type: 'function_call', name: 'wait' },
      { type: 'function_call_output', output: 'done' },
    ];
    expect(await itemOf(await ask(after))).toMatchObject({ content: [{ text: 'RESULTS: done' }] });
  });

  test('reads past the blocks that Codex writes in the name of the user', async () => {
    await ask([user('old'), { role: 'assistant' }, user('<environment_context>\n</environment_context>', 'new')], {
      reasoning: { effort: 'high' },
    });
    expect(at.server.requests.at(-1)).toMatchObject({ prompt: 'new', earlier: ['old'], reasoning: { effort: 'high' } });
  });

  test('refuses without a key, with a scripted status, and at a limit with the time of its end', async () => {
    expect((await at.post('/v1/responses', { input: [] }, {})).status).toBe(401);
    expect((await ask([user('[[fail 503]]')])).status).toBe(503);
    const limited = await ask([user('[[limit 600]]')]);
    const { error } = await jsonOf<{ error: { type: string; resets_at: number } }>(limited);
    expect(limited.status).toBe(429);
    expect(error.type).toBe('usage_limit_reached');
    expect(error.resets_at * 1000 - Date.now()).toBeGreaterThan(590_000);
  });
});
