import type { ServerResponse } from 'node:http';
import type { Reply } from './directives.ts';

/** What a model gets to see in one request, whatever the provider's format. */
export interface Conversation {
  model: string;
  /** The last text of the user that is no tool result, with whatever the host put around it. */
  prompt: string;
  /** The user's texts before it, oldest first: not empty in a resumed session. */
  earlier: string[];
  /** Tool results since the prompt, oldest first. */
  results: string[];
  /** Names of the tools as the provider calls them; a namespaced tool of OpenAI is `namespace|name`. */
  tools: string[];
  /** The provider's own fields for effort and thinking, as sent. */
  reasoning: Record<string, unknown>;
  /** What the host makes a model do before it can go on: a tool call that was put aside has to be waited for. */
  unfinished?: Reply;
}

/** One provider's wire format. `body` is the parsed request, which may lack anything. */
export interface Provider {
  readonly name: 'anthropic' | 'openai' | 'gemini';
  /** True for the requests that a model answers. */
  handles(path: string): boolean;
  /** Whether the request carries a key or a token; without one the provider refuses as the real one does. */
  authorised(headers: Record<string, unknown>, path: string): boolean;
  read(body: Json, path: string): Conversation;
  write(response: ServerResponse, reply: Reply | { kind: 'unauthorised' }, request: Written): void;
}

/** What `write` needs to know of the request besides the reply. */
export interface Written {
  conversation: Conversation;
  /** The host wants server-sent events. */
  stream: boolean;
  /** Unique in this server; for the ids that providers put on messages and calls. */
  id: number;
}

/** Untrusted JSON: read with the helpers below, which never throw. */
export type Json = { [key: string]: unknown };

export const object = (value: unknown): Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {};
export const list = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object) : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The text of a content field: a string, or parts of which some have text. */
export function flatten(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map(flatten).join('');
  const part = object(content);
  return text(part.text) || (part.content === undefined ? '' : flatten(part.content));
}

/** Follows user texts and tool results through a request: a new text starts a new turn. */
export function turns() {
  const prompts: string[] = [];
  let results: string[] = [];
  return {
    user(prompt: string): void {
      prompts.push(prompt);
      results = [];
    },
    result(output: string): void {
      results.push(output);
    },
    read: () => ({ prompt: prompts.at(-1) ?? '', earlier: prompts.slice(0, -1), results }),
  };
}

/** The tool that a directive means: the exact name, else the one that ends with it, else the name itself. */
export const toolNamed = (wanted: string, tools: readonly string[]): string =>
  tools.find((tool) => tool === wanted) ?? tools.find((tool) => tool.endsWith(wanted)) ?? wanted;

export function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Server-sent events in the form that Anthropic and OpenAI share: the type as event name and in the data. */
export function sendEvents(response: ServerResponse, events: readonly Json[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) response.write(`event: ${text(event.type)}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}
