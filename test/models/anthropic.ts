import type { Reply } from './directives.ts';
import {
  type Conversation,
  flatten,
  type Json,
  list,
  object,
  type Provider,
  sendEvents,
  sendJson,
  text,
  toolNamed,
  turns,
  type Written,
} from './provider.ts';

const usage = { input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 4, output_tokens: 5 };

/** Reminders that Claude Code adds as parts of their own; they are no words of the user. */
const isReminder = (part: Json): boolean => text(part.text).trimStart().startsWith('<system-reminder>');

function read(body: Json): Conversation {
  const conversation = turns();
  for (const message of list(body.messages).filter((one) => one.role === 'user')) {
    const parts: Json[] =
      typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : list(message.content);
    const results = parts.filter((part) => part.type === 'tool_result');
    for (const part of results) conversation.result(flatten(part.content));
    const words = parts.filter((part) => part.type === 'text' && !isReminder(part)).map((part) => text(part.text));
    if (results.length === 0 && words.length > 0) conversation.user(words.join('\n'));
  }
  return {
    model: text(body.model),
    ...conversation.read(),
    tools: list(body.tools).map((tool) => text(tool.name)),
    reasoning: { thinking: body.thinking, effort: object(body.output_config).effort },
  };
}

const failure = (type: string, message: string) => ({ type: 'error', error: { type, message } });

/** With tool search Claude Code lists no MCP tool; the model knows it by name, and may call it (claude 2.1.330). */
function callable(wanted: string, tools: readonly string[]): string {
  const name = toolNamed(wanted, tools);
  return tools.includes(name) || name.startsWith('mcp__') ? name : `mcp__qantara__${name}`;
}

/**
 * The refusal of a subscription whose five hours are used up: Claude Code reads the time from the headers
 * (names seen in the binary of Claude Code 2.1) and does not try again.
 */
const limitHeaders = (resetsAt: number): Record<string, string> => ({
  'anthropic-ratelimit-unified-status': 'rejected',
  'anthropic-ratelimit-unified-reset': String(Math.floor(resetsAt / 1000)),
  'anthropic-ratelimit-unified-representative-claim': 'five_hour',
  'retry-after': String(Math.max(1, Math.ceil((resetsAt - Date.now()) / 1000))),
  'x-should-retry': 'false',
});

function write(response: Parameters<Provider['write']>[0], reply: Reply | { kind: 'unauthorised' }, request: Written) {
  if (reply.kind === 'unauthorised') {
    return sendJson(response, 401, failure('authentication_error', 'x-api-key header is required'));
  }
  if (reply.kind === 'fail') {
    // A status that is worth a retry is retried for minutes by Claude Code; the header is the API's own way to say no.
    const headers = { 'x-should-retry': 'false' };
    return sendJson(response, reply.status, failure('api_error', `scripted failure ${reply.status}`), headers);
  }
  if (reply.kind === 'limit') {
    const body = failure('rate_limit_error', "This request would exceed your account's rate limit.");
    return sendJson(response, 429, body, limitHeaders(reply.resetsAt));
  }
  const { conversation, id, stream } = request;
  const call = reply.kind === 'call' && {
    type: 'tool_use',
    id: `toolu_${id}`,
    name: callable(reply.tool, conversation.tools),
    input: reply.args,
  };
  const words = reply.kind === 'say' ? reply.text : '';
  const block: Json = call || { type: 'text', text: words };
  const stop = { stop_reason: call ? 'tool_use' : 'end_turn', stop_sequence: null };
  const message = { id: `msg_${id}`, type: 'message', role: 'assistant', model: conversation.model, usage };
  if (!stream) return sendJson(response, 200, { ...message, content: [block], ...stop });
  sendEvents(response, [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, stop_sequence: null } },
    { type: 'content_block_start', index: 0, content_block: call ? { ...call, input: {} } : { ...block, text: '' } },
    {
      type: 'content_block_delta',
      index: 0,
      delta: call
        ? { type: 'input_json_delta', partial_json: JSON.stringify(call.input) }
        : { type: 'text_delta', text: words },
    },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: stop, usage: { output_tokens: usage.output_tokens } },
    { type: 'message_stop' },
  ]);
}

/** Anthropic Messages: `POST /v1/messages`, as events or as one JSON object. */
export const anthropic: Provider = {
  name: 'anthropic',
  handles: (path) => path === '/v1/messages',
  authorised: (headers) => Boolean(headers['x-api-key'] || headers.authorization),
  read,
  write,
};

/** The answer to `POST /v1/messages/count_tokens`: a rough count, four bytes a token. */
export const countTokens = (body: Json): { input_tokens: number } => ({
  input_tokens: Math.ceil(JSON.stringify(body).length / 4),
});
