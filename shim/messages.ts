/**
 * JSON-RPC as far as a relay must understand it: what kind of message a line is, its id, and the era it speaks.
 * Everything else in a message is passed on unread.
 */
export type Id = string | number;

export interface Message {
  jsonrpc: '2.0';
  id?: Id;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

export interface Request extends Message {
  id: Id;
  method: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (value: unknown): value is Id => typeof value === 'string' || typeof value === 'number';

/** The message on a line, or why it is none, with its id where one can be read. Never throws. */
export function parse(line: string): Message | { problem: string; code: number; id?: Id } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: 'Parse error: the line is not JSON.', code: -32700 };
  }
  const id = isObject(value) && isId(value.id) ? value.id : undefined;
  // JSON-RPC's `null` for an error that is about no request in particular.
  if (isObject(value) && value.id === null && isObject(value.error)) return { ...value, id } as unknown as Message;
  const invalid = { problem: 'Invalid Request: the line is not a JSON-RPC 2.0 message.', code: -32600, id };
  if (!isObject(value) || value.jsonrpc !== '2.0') return invalid;
  if (value.id !== undefined && id === undefined) return invalid;
  if (typeof value.method === 'string') return value as unknown as Message;
  return id !== undefined && ('result' in value || 'error' in value) ? (value as unknown as Message) : invalid;
}

export const isRequest = (message: Message): message is Request =>
  message.method !== undefined && message.id !== undefined;

/** `1` and `"1"` are different requests. */
export const keyOf = (id: Id): string => JSON.stringify(id);

/** The `_meta` of a message's params; empty where there is none. */
export function metaOf(message: Message): Record<string, unknown> {
  const meta = isObject(message.params) ? message.params._meta : undefined;
  return isObject(meta) ? meta : {};
}

/**
 * The id of a line that was too long to keep, from its first and last bytes; undefined where it cannot be told.
 * Codex writes the id first, Claude Code and Gemini CLI last, and neither end lies inside `params`.
 */
export function idAtTheEnds(head: string, tail: string): Id | undefined {
  const text = '"(?:[^"\\\\]|\\\\.)*"';
  const id = `"id"\\s*:\\s*(${text}|-?\\d+)`;
  const plain = `"(?:jsonrpc|method)"\\s*:\\s*${text}`;
  const first = new RegExp(`^\\s*\\{\\s*(?:${plain}\\s*,\\s*)*${id}\\s*,`).exec(head);
  const last = new RegExp(`\\}\\s*,\\s*(?:${plain}\\s*,\\s*)*${id}\\s*(?:,\\s*${plain}\\s*)*\\}\\s*$`).exec(tail);
  const found = first?.[1] ?? last?.[1];
  return found === undefined ? undefined : (JSON.parse(found) as Id);
}
