import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { list, object } from '../../shared/agents/json.ts';

/** What the model does in one turn. With `status` the provider refuses instead; `hang` never answers. */
export interface Turn {
  think?: string;
  say?: string;
  call?: { name: string; args: Record<string, unknown> };
  /** A freeform tool of the Responses API, such as Codex' `apply_patch`. */
  patch?: string;
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  hang?: true;
}

type Send = (event: string, data: object) => void;
let counter = 0;

function anthropic(turn: Turn, model: unknown, send: Send): void {
  const id = `msg_${++counter}`;
  const usage = { input_tokens: 10, cache_read_input_tokens: 4, cache_creation_input_tokens: 2, output_tokens: 1 };
  const message = {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
  send('message_start', { message: { ...message, usage } });
  let index = 0;
  const block = (start: object, ...deltas: object[]) => {
    send('content_block_start', { index, content_block: start });
    for (const delta of deltas) send('content_block_delta', { index, delta });
    send('content_block_stop', { index: index++ });
  };
  if (turn.think)
    block(
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: turn.think },
      { type: 'signature_delta', signature: 'c2lnbmF0dXJl' },
    );
  if (turn.say !== undefined) block({ type: 'text', text: '' }, { type: 'text_delta', text: turn.say });
  if (turn.call)
    block(
      { type: 'tool_use', id: `toolu_${counter}`, name: turn.call.name, input: {} },
      { type: 'input_json_delta', partial_json: JSON.stringify(turn.call.args) },
    );
  const stop_reason = turn.call ? 'tool_use' : 'end_turn';
  send('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } });
  send('message_stop', {});
}

function responses(turn: Turn, send: Send): void {
  const id = `resp_${++counter}`;
  send('response.created', { response: { id } });
  let output_index = 0;
  const item = (data: object) => send('response.output_item.done', { output_index: output_index++, item: data });
  if (turn.think)
    item({
      type: 'reasoning',
      id: `rs_${counter}`,
      summary: [{ type: 'summary_text', text: turn.think }],
      encrypted_content: 'eA==',
    });
  if (turn.say !== undefined)
    item({
      type: 'message',
      role: 'assistant',
      id: `m_${counter}`,
      content: [{ type: 'output_text', text: turn.say }],
    });
  const call_id = `call_${counter}`;
  if (turn.call)
    item({
      type: 'function_call',
      id: `fc_${counter}`,
      call_id,
      name: turn.call.name,
      arguments: JSON.stringify(turn.call.args),
    });
  if (turn.patch)
    item({ type: 'custom_tool_call', id: `ct_${counter}`, call_id, name: 'apply_patch', input: turn.patch });
  const usage = {
    input_tokens: 11,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 18,
  };
  send('response.completed', { response: { id, output: [], usage } });
}

function google(turn: Turn, send: Send): void {
  const parts: object[] = [];
  if (turn.think) parts.push({ text: turn.think, thought: true });
  if (turn.say !== undefined) parts.push({ text: turn.say });
  if (turn.call) parts.push({ functionCall: turn.call });
  const usageMetadata = {
    promptTokenCount: 9,
    candidatesTokenCount: 3,
    cachedContentTokenCount: 4,
    totalTokenCount: 12,
  };
  send('', {
    candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }],
    usageMetadata,
    modelVersion: 'scripted',
  });
}

/** How many tool results the conversation holds since `prompt` was said last: the number of the turn to play. */
export function turnOf(body: Record<string, unknown>, prompt: string): number {
  const entries = list(body.messages ?? body.input ?? body.contents);
  const asked = entries.findLastIndex((entry) => JSON.stringify(entry).includes(JSON.stringify(prompt).slice(1, -1)));
  return entries
    .slice(asked + 1)
    .flatMap((entry) => [entry, ...list(object(entry).content), ...list(object(entry).parts)])
    .filter((part) => /tool_result|call_output/.test(String(object(part).type)) || object(part).functionResponse)
    .length;
}

const read = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let body = '';
  for await (const piece of request) body += piece;
  return body ? JSON.parse(body) : {};
};

/**
 * A loopback stand-in for the providers of all three agents: Anthropic Messages, OpenAI Responses and Gemini. It
 * plays `turns` for the conversation that holds `prompt`, the last one for ever. `log`: file for the requests.
 */
export async function startModels(prompt: string, turns: readonly Turn[], log?: string) {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '';
    const body = await read(request);
    if (log) appendFileSync(log, `${JSON.stringify({ url, headers: request.headers, body })}\n`);
    const json = (status: number, data: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(data));
    const wire = /messages|responses|enerateContent/.exec(url)?.[0];
    if (request.method !== 'POST' || !wire || url.includes('count_tokens')) return void json(404, {});
    const turn = turns[Math.min(turnOf(body, prompt), turns.length - 1)] ?? {};
    if (turn.hang) return;
    if (turn.status) return void json(turn.status, turn.body, turn.headers);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send: Send = (type, data) =>
      response.write(
        type
          ? `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
          : `data: ${JSON.stringify(data)}\r\n\r\n`,
      );
    if (wire === 'messages') anthropic(turn, body.model, send);
    else if (wire === 'responses') responses(turn, send);
    else google(turn, send);
    response.end();
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
