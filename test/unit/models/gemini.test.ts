import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOf, jsonOf, models } from './request.ts';

let at: Awaited<ReturnType<typeof models>>;
beforeAll(async () => {
  at = await models();
});
afterAll(() => at.server.close());

const stream = '/v1beta/models/gemini-x:streamGenerateContent?alt=sse';
const user = (...texts: string[]) => ({ role: 'user', parts: texts.map((text) => ({ text })) });
const ask = (contents: object[], more: object = {}, path = stream) => at.post(path, { contents, ...more });
const partOf = async (response: Response) => {
  const [event] = eventsOf(await response.text()) as { candidates: { content: { parts: object[] } }[] }[];
  return event?.candidates[0]?.content.parts[0];
};

describe('Gemini generateContent', () => {
  test('streams an answer, or gives it in one object', async () => {
    expect(await partOf(await ask([user('[[say hi]]')]))).toEqual({ text: 'hi' });
    const body = await (await ask([user('[[say hi]]')], {}, '/v1beta/models/gemini-x:generateContent')).json();
    expect(body).toMatchObject({ candidates: [{ content: { parts: [{ text: 'hi' }] } }] });
  });

  test('calls an offered tool by the end of its name', async () => {
    const tools = [{ functionDeclarations: [{ name: 'mcp_q_ask_codex' }] }];
    expect(await partOf(await ask([user('[[call ask_codex {"task":"t"}]]')], { tools }))).toEqual({
      functionCall: { name: 'mcp_q_ask_codex', args: { task: 't' } },
    });
  });

  test('reads past the session context, and takes the results since', async () => {
    const results = { role: 'user', parts: [{ functionResponse: { name: 't', response: { output: 'out' } } }] };
    const contents = [
      user('<session_context>x'),
      user('old'),
      { role: 'model', parts: [] },
      user('new [[call t]]'),
      results,
    ];
    expect(await partOf(await ask(contents))).toEqual({ text: 'RESULTS: out' });
    expect(at.server.requests.at(-1)).toMatchObject({
      model: 'gemini-x',
      prompt: 'new [[call t]]',
      earlier: ['old'],
      results: ['out'],
    });
  });

  test('answers the side questions of the CLI without taking them for a turn', async () => {
    const before = at.server.requests.length;
    const generationConfig = { responseMimeType: 'application/json' };
    const response = await ask([user('[[fail 500]]')], { generationConfig }, '/v1beta/models/f:generateContent');
    const body = await jsonOf<{ candidates: { content: { parts: { text: string }[] } }[] }>(response);
    expect(JSON.parse(body.candidates[0]?.content.parts[0]?.text ?? '')).toMatchObject({ next_speaker: 'user' });
    expect(at.server.requests.length).toBe(before);
  });

  test('refuses without a key, with a scripted status, and at a limit with the time of its end', async () => {
    expect((await at.post(stream, { contents: [] }, {})).status).toBe(403);
    expect((await ask([user('[[fail 400]]')])).status).toBe(400);
    const limited = await ask([user('[[limit 600]]')]);
    expect(limited.status).toBe(429);
    expect(await limited.json()).toMatchObject({
      error: {
        status: 'RESOURCE_EXHAUSTED',
        details: [{ violations: [{ quotaId: expect.stringContaining('PerDay') }] }, { retryDelay: '600s' }],
      },
    });
  });
});
