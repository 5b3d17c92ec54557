import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { Server } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agents } from '../../../shared/agents/index.ts';
import { instructions, serverInfo, toolList } from '../../../shared/tools.ts';
import { version } from '../../../shared/version.ts';
import { answer } from '../../../shim/answers.ts';
import type { Message, Request } from '../../../shim/messages.ts';
import { type Bench, bench, envelope, opening } from '../../helpers/shim.ts';
import { proves } from '../../promises.ts';

const exposed = agents.map((agent) => agent.name);
const catalogue = { exposed };
const ask = (method: string, params: Record<string, unknown> = {}, id: string | number = 1): Request => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});
const modern = (method: string, meta: object = envelope) => ask(method, { _meta: meta });

/** What the server library of the daemon answers to the same lines, on a connection of its own. */
async function libraryAnswers(...requests: object[]): Promise<Message> {
  const toServer = new PassThrough();
  const fromServer = new PassThrough();
  const server = serveStdio(
    () => {
      const capabilities = { tools: {}, experimental: { 'codex/sandbox-state-meta': {} } };
      const one = new Server({ ...serverInfo, version }, { capabilities, instructions: instructions(exposed) });
      one.setRequestHandler('tools/list', () => ({ tools: toolList(exposed) }));
      return one;
    },
    { transport: new StdioServerTransport(toServer, fromServer) },
  );
  let text = '';
  const last = new Promise<Message>((resolve) => {
    fromServer.on('data', (chunk) => {
      text += chunk;
      const lines = text.split('\n').slice(0, -1);
      if (lines.length === requests.length) resolve(JSON.parse(lines.at(-1) ?? '') as Message);
    });
  });
  for (const request of requests) toServer.write(`${JSON.stringify(request)}\n`);
  const message = await last;
  await server.close();
  return message;
}

const initialize = (protocolVersion: string): Request =>
  ask('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'x', version: '1' } });

describe(`${proves('B-23', 'B-03')} without a daemon, the same as the server library`, () => {
  const otherRevision = { ...envelope, 'io.modelcontextprotocol/protocolVersion': '2027-01-01' };
  test.each([
    ['discovery', modern('server/discover')],
    ['a list of 2026-07-28', modern('tools/list')],
    ['prompts/list of 2026-07-28', modern('prompts/list')],
    ['ping of 2026-07-28, which has none', modern('ping')],
    ['a revision to come', modern('server/discover', otherRevision)],
    ['a list of a revision to come', modern('tools/list', otherRevision)],
    ['discovery without an envelope', ask('server/discover')],
    ['ping', ask('ping')],
    ['resources/list', ask('resources/list')],
    ...['2024-10-07', '2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28', 'nonsense'].map(
      (revision): [string, Request] => [`initialize with ${revision}`, initialize(revision)],
    ),
  ])('%s', async (_what, request) => {
    expect(answer(request, catalogue)).toEqual(await libraryAnswers(request));
  });

  test('a list after initialize', async () => {
    const list = ask('tools/list', {}, 2);
    expect(answer(list, catalogue)).toEqual(await libraryAnswers(initialize('2025-06-18'), list));
  });

  test('an envelope without capabilities: the same code and data', async () => {
    const request = modern('server/discover', { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' });
    const { error } = await libraryAnswers(request);
    expect(answer(request, catalogue)?.error).toMatchObject({ code: error?.code, data: error?.data });
  });
});

describe('what the owner set', () => {
  test('only the agents that are offered are listed, in the fixed order', () => {
    const names = (list: readonly string[]) => {
      const result = answer(ask('tools/list'), { exposed: list })?.result;
      return (result as { tools: { name: string }[] }).tools.map((tool) => tool.name);
    };
    expect(names(['gemini', 'claude'])).toEqual(['ask_claude', 'ask_gemini', 'wait_job', 'check_job', 'cancel_job']);
    expect(names([])).toEqual(['wait_job', 'check_job', 'cancel_job']);
  });

  test('calls and what nobody here knows are left to the daemon', () => {
    expect(answer(ask('tools/call', { name: 'ask_codex' }), catalogue)).toBeUndefined();
    expect(answer(ask('future/method'), catalogue)).toBeUndefined();
  });

  test('a fault begins the instructions and is the result of every call, in either era', () => {
    const broken = { exposed, fault: 'BRIDGE_X is wrong.' };
    expect(answer(initialize('2025-06-18'), broken)?.result).toMatchObject({
      instructions: expect.stringMatching(/^BRIDGE_X is wrong\.\nDelegates tasks/),
    });
    const result = { content: [{ type: 'text', text: 'BRIDGE_X is wrong.' }], isError: true };
    expect(answer(ask('tools/call', {}), broken)?.result).toEqual(result);
    expect(answer(modern('tools/call'), broken)?.result).toMatchObject({ ...result, resultType: 'complete' });
  });
});

describe(`${proves('B-23', 'B-03')} with the client libraries`, () => {
  let machine: Bench;
  beforeAll(() => {
    machine = bench();
  });
  afterAll(() => machine.close());
  const server = () => ({
    command: process.execPath,
    args: [`${machine.home}/dist/qantara-shim.js`],
    env: { HOME: machine.home, PATH: '/usr/bin:/bin' },
  });

  test.each([
    ['2026-07-28, by discovery', 'auto'],
    ['2026-07-28, pinned', { pin: '2026-07-28' }],
    ['2025-11-25', 'legacy'],
  ] as const)('client 2.4 speaks %s', async (_revision, mode) => {
    const client = new Client({ name: 'new-host', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(new StdioClientTransport(server()));
    expect(client.getServerVersion()).toMatchObject({ name: 'qantara', version });
    expect(client.getInstructions()).toBe(instructions(exposed));
    expect((await client.listTools()).tools).toEqual(toolList(exposed));
    const { content } = await client.callTool({ name: 'echo', arguments: {} });
    expect(content).toMatchObject([{ type: 'text', text: expect.stringMatching(/^echo by/) }]);
    await client.close();
  });

  test('client 1.32 speaks 2025-11-25', async () => {
    const client = new OldClient({ name: 'old-host', version: '1' });
    await client.connect(new OldTransport(server()));
    expect(client.getInstructions()).toBe(instructions(exposed));
    expect((await client.listTools()).tools).toEqual(toolList(exposed));
    await client.ping();
    expect((await client.callTool({ name: 'echo' })).content).toMatchObject([
      { text: expect.stringMatching(/^echo by/) },
    ]);
    await client.close();
  });

  test('a host that probes with discovery and then initializes is served in the older era', async () => {
    const shim = machine.shim();
    const probe = ask(
      'server/discover',
      {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2099-01-01',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
      'server-discover-probe-1',
    );
    shim.send(probe, ...opening, ask('tools/list', {}, 2));
    expect((await shim.answer('server-discover-probe-1')).error).toMatchObject({ code: -32022 });
    expect((await shim.answer(2)).result).toEqual({ tools: toolList(exposed) });
  });
});
