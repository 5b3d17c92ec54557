import { connect } from 'node:net';

/**
 * HTTP/1.1 over a Unix socket, written by hand: on Node 22 `node:http` costs a process 5 to 20 ms, which is more than
 * all the rest of a command. Only what the daemon sends is understood: a body by `Content-Length`, in chunks, or up to
 * the end of the connection; one request for each connection.
 */
export interface Head {
  /** 0 for what is not HTTP/1.1. */
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** What came after the head. */
  rest: Buffer;
}

export const maxHeadBytes = 64 * 1024;

/** The head of a response; undefined while it is incomplete. */
export function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map((line) => /^([^:]+): *(.*?) *$/.exec(line)).filter((one) => one !== null);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    headers: Object.fromEntries(headers.map(([, name = '', value = '']) => [name.toLowerCase(), value])),
    rest: bytes.subarray(end + 4),
  };
}

/** Takes the bytes of a body in whatever pieces they come and passes its contents on; true once it is complete. */
export type Body = (bytes: Buffer) => boolean;

/** How the body that a head announces is read. Throws, there or later, for a body that is not well formed. */
export function bodyOf({ headers }: Head, onData: (bytes: Buffer) => void): Body | undefined {
  if (headers['transfer-encoding'] !== undefined) return chunked(onData);
  const length = headers['content-length'];
  if (length === undefined) return undefined;
  if (!/^\d{1,15}$/.test(length)) throw new Error(`the answer has the length ${JSON.stringify(length)}`);
  let left = Number(length);
  return (bytes) => {
    const part = bytes.subarray(0, left);
    left -= part.length;
    if (part.length > 0) onData(part);
    return left === 0;
  };
}

/** A chunk's size is a line of its own; longer than this it is none. */
const maxSizeBytes = 256;

function chunked(onData: (bytes: Buffer) => void): Body {
  let held: Buffer = Buffer.alloc(0);
  /** Bytes of the present chunk that are still to come, with its final line break; -1: its size comes next. */
  let left = -1;
  let last = false;
  const line = (): string | undefined => {
    const end = held.indexOf('\r\n');
    if (end === -1 && held.length > maxSizeBytes) throw new Error('the answer has a chunk without a size');
    if (end === -1) return undefined;
    const text = held.toString('latin1', 0, end);
    held = held.subarray(end + 2);
    return text;
  };
  return (bytes) => {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    for (;;) {
      if (left === -1) {
        const text = line();
        if (text === undefined) return false;
        if (last && text === '') return true;
        if (last) continue; // a trailer
        const size = /^([0-9a-f]{1,8}) *(;|$)/i.exec(text)?.[1];
        if (size === undefined) throw new Error(`the answer has a chunk of the size ${JSON.stringify(text)}`);
        last = Number.parseInt(size, 16) === 0;
        if (!last) left = Number.parseInt(size, 16) + 2;
        continue;
      }
      const part = held.subarray(0, Math.max(0, left - 2));
      if (part.length > 0) onData(part);
      held = held.subarray(part.length);
      left -= part.length;
      if (left > 2 || held.length < left) return false;
      held = held.subarray(left);
      left = -1;
    }
  };
}

export interface Call {
  method: string;
  /** With its query, encoded. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** ms without a byte, after which the call fails; absent: it may take for ever. */
  silenceMs?: number;
  /** Ends the call, which then fails with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * One request. Calls `onHead` and then `onData` as the answer comes, and returns when it is complete. Throws the
 * socket's own error when nobody listens, what `onHead` or `onData` throw, and an error in words for an answer that
 * breaks off, is no HTTP, or does not come.
 */
export function request(
  socketPath: string,
  { method, path, body, silenceMs, signal }: Call,
  on: { head(head: Head): void; data(bytes: Buffer): void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!/^\/[!-~]*$/.test(path)) throw new Error(`${JSON.stringify(path)} is no path of a request`);
    const socket = connect(socketPath);
    let received: Buffer = Buffer.alloc(0);
    let head: Head | undefined;
    let read: Body | undefined;
    let settled = false;
    const settle = (error?: unknown): void => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    const onAbort = (): void => settle(signal?.reason);
    const take = (bytes: Buffer): void => {
      if (head) {
        if (!read) on.data(bytes);
        else if (read(bytes)) settle();
        return;
      }
      received = Buffer.concat([received, bytes]);
      head = readHead(received);
      if (!head && received.length > maxHeadBytes) throw new Error('the answer has no end of its head');
      if (!head) return;
      if (head.status === 0) throw new Error('the answer is not HTTP');
      on.head(head);
      read = bodyOf(head, on.data);
      const { rest } = head;
      if (rest.length > 0 || head.headers['content-length'] === '0') take(rest);
    };
    socket.on('connect', () => {
      const json = body === undefined ? '' : JSON.stringify(body);
      const kind = body === undefined ? '' : 'Content-Type: application/json\r\n';
      const length = `Content-Length: ${Buffer.byteLength(json)}\r\n`;
      const entity = body === undefined && method === 'GET' ? '' : kind + length;
      socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${entity}\r\n${json}`);
    });
    socket.on('data', (bytes) => {
      if (settled) return;
      try {
        take(bytes);
      } catch (error) {
        settle(error);
      }
    });
    socket.on('error', settle);
    socket.on('close', () => settle(head && !read ? undefined : new Error('the connection ended before the answer')));
    if (silenceMs !== undefined) {
      socket.setTimeout(silenceMs, () => settle(new Error(`no answer within ${silenceMs / 1000} s`)));
    }
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
  });
}
