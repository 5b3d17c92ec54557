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

const usage = {
  input_tokens: 11,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 18,
};

/** Blocks that Codex sends in the user's name before his words (seen with codex 0.169). */
const isContext = (words: string): boolean =>
  /^\s*(<(environment_context|user_instructions|permissions|turn_aborted|skill)|# AGENTS\.md)/.test(words);

/** Tools of an MCP server come as one `namespace` with tools inside. */
const toolNames = (tool: Json): string[] =>
  tool.type === 'namespace'
    ? list(tool.tools).map((inner) => `${text(tool.name)}|${text(inner.name)}`)
    : [text(tool.name)].filter(Boolean);

/** Codex lists its tools in the request, or in an item of the input for the models of its catalogue (codex 0.169). */
const toolsOf = (body: Json): string[] => [
  ...list(body.tools).flatMap(toolNames),
  ...list(body.input)
    .filter((item) => item.type === 'additional_tools')
    .flatMap((item) => list(item.tools).flatMap(toolNames)),
];

/** A script that Codex put aside after 30 s; the model has to wait for it by its cell. */
const runningCell = (output: string): string | undefined => /^Script running with cell ID (\S+)/m.exec(output)?.[1];

function read(body: Json): Conversation {
  const conversation = turns();
  let cell: string | undefined;
  for (const item of list(body.input)) {
    if (item.type === 'function_call_output' || item.type === 'custom_tool_call_output') {
      const output = flatten(item.output);
      cell = runningCell(output);
      if (!cell) conversation.result(output);
    } else if (item.role === 'user') {
      const words = list(item.content)
        .map((part) => text(part.text))
        .filter((part) => !isContext(part));
      if (words.length > 0) conversation.user(words.join('\n'));
    }
  }
  return {
    model: text(body.model),
    ...conversation.read(),
    tools: toolsOf(body),
    reasoning: object(body.reasoning),
    ...(cell && { unfinished: { kind: 'call', tool: 'wait', args: { cell_id: cell } } }),
  };
}

/**
 * For the models of its catalogue Codex offers no MCP tool directly: they write JavaScript for its tool `exec`, in
 * which every tool is a function of `tools` (seen with codex 0.169, "code mode").
 */
const script = (tool: string, args: object): string =>
  [
    `const { name } = ALL_TOOLS.find(({ name }) => name === '${tool}' || name.endsWith('__${tool}'));`,
    `const result = await tools[name](${JSON.stringify(args)});`,
    `text(result.content ? result.content.map((part) => part.text).join('') : (result.output ?? result));`,
  ].join('\n');

function callItem(reply: Extract<Reply, { kind: 'call' }>, tools: readonly string[], id: number): Json {
  const [name = '', namespace] = toolNamed(reply.tool, tools).split('|').reverse();
  const offered = tools.includes(namespace ? `${namespace}|${name}` : name);
  const call = { id: `fc_${id}`, call_id: `call_${id}` };
  if (!offered && tools.includes('functions|exec')) {
    return { type: 'custom_tool_call', ...call, name: 'exec', input: script(reply.tool, reply.args) };
  }
  const inNamespace = namespace && namespace !== 'functions' && { namespace };
  return { type: 'function_call', ...call, name, ...inNamespace, arguments: JSON.stringify(reply.args) };
}

function refuse(response: Parameters<Provider['write']>[0], reply: Reply | { kind: 'unauthorised' }): boolean {
  if (reply.kind === 'unauthorised') {
    const message = 'Missing bearer or basic authentication in header';
    sendJson(response, 401, { error: { message, type: 'invalid_request_error', param: null, code: null } });
  } else if (reply.kind === 'fail') {
    sendJson(response, reply.status, { error: { message: `scripted failure ${reply.status}`, type: 'server_error' } });
  } else if (reply.kind === 'limit') {
    // The refusal of a ChatGPT plan, which Codex turns into "You've hit your usage limit".
    const error = {
      type: 'usage_limit_reached',
      message: 'The usage limit has been reached',
      plan_type: 'plus',
      resets_at: Math.floor(reply.resetsAt / 1000),
    };
    sendJson(response, 429, { error });
  } else return false;
  return true;
}

function write(response: Parameters<Provider['write']>[0], reply: Reply | { kind: 'unauthorised' }, request: Written) {
  if (refuse(response, reply)) return;
  const { conversation, id } = request;
  const words = reply.kind === 'say' ? reply.text : '';
  const answer = {
    type: 'message',
    role: 'assistant',
    id: `msg_${id}`,
    content: [{ type: 'output_text', text: words }],
  };
  const item: Json = reply.kind === 'call' ? callItem(reply, conversation.tools, id) : answer;
  const created = { id: `resp_${id}` };
  sendEvents(response, [
    { type: 'response.created', response: created },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { ...created, output: [], usage } },
  ]);
}

/** OpenAI Responses: `POST /v1/responses`, always as events. */
export const openai: Provider = {
  name: 'openai',
  handles: (path) => path === '/v1/responses',
  authorised: (headers) => Boolean(headers.authorization),
  read,
  write,
};
