import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Machine, machine } from '../helpers/bridge.ts';
import { proves } from '../promises.ts';

/**
 * The bytes of a shim of the first release, written out: what they say must be understood by every later daemon of
 * protocol 1. Nothing here may be derived from the code.
 */
const upgrade = 'GET /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: qantara-mcp/1\r\n\r\n';

let person: Machine;
beforeAll(async () => {
  person = machine();
  await person.qantara('daemon', 'start');
});
afterAll(() => person.close());

const hello = (more: object = {}): string =>
  JSON.stringify({
    protocol: 1,
    version: '0.1.0',
    shimId: '0123456789abcdef',
    host: 'claude',
    pid: process.pid,
    cwd: person.project(),
    environment: person.environment,
    ...more,
  });

type Answers = Map<unknown, { id?: unknown; result?: unknown; error?: unknown }>;

/** Sends the opening and `messages`, and gives the answers by their id: all of them, or those before the daemon hung up. */
async function speak(opening: string, messages: object[]): Promise<Answers> {
  const socket = connect(person.paths.socket);
  const answers: Answers = new Map();
  const wanted = messages.filter((message) => 'id' in message).length;
  const lines = createInterface(socket).on('line', (line) => {
    if (!line.startsWith('{')) return; // the head of the upgrade
    const answer = JSON.parse(line) as { id?: unknown };
    if (answer.id !== undefined) answers.set(answer.id, answer);
    if (answers.size === wanted) socket.destroy();
  });
  // It hung up while we were writing, and then it closes.
  for (const one of [socket, lines]) one.on('error', () => {});
  socket.write(opening);
  for (const message of messages) socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  await new Promise((resolve) => socket.on('close', resolve));
  return answers;
}

const initialize = {
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'claude-code', version: '2' } },
};
const call = (id: number, name: string, given: object) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: given },
});

test.each([
  ['as it was', {}],
  ['with what a later one may add', { later: { release: true } }],
])(`${proves('P-37')} a shim of the first protocol is served, its hello %s`, async (_what, more) => {
  const answers = await speak(`${upgrade}${hello(more)}\n`, [
    initialize,
    { method: 'notifications/initialized' },
    call(1, 'ask_codex', { task: '[[say understood]]' }),
    call(2, 'check_job', { job_id: 'codex-999' }),
  ]);
  expect(answers.get(0)).toMatchObject({ result: { serverInfo: { name: 'qantara' } } });
  expect(answers.get(1)).toMatchObject({ result: { content: [{ text: expect.stringMatching(/^understood\n/) }] } });
  expect(answers.get(2)).toMatchObject({ result: { isError: true } });
});

test(`${proves('P-37')} a hello that is none is told so, closes the connection and harms nobody`, async () => {
  const refused = expect.objectContaining({ error: { code: -32600, message: expect.stringMatching(/^The .*hello/) } });
  expect(await speak(`${upgrade}{"protocol":"one"}\n`, [initialize])).toEqual(new Map([[null, refused]]));
  expect(await speak(`${upgrade}hello\n`, [initialize])).toEqual(new Map([[null, refused]]));
  expect((await person.status())?.protocol).toBe(1);
});
