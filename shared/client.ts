import { connect, type Socket } from 'node:net';
import { QantaraError } from './errors.ts';
import { type Head, maxHeadBytes, readHead } from './http.ts';
import { type Hello, MCP_ROUTE, UPGRADE } from './wire.ts';

/** The one place that opens the daemon's socket for MCP. */
export interface Upgraded {
  socket: Socket;
  /** Bytes that came after the `101`; the socket is paused until the caller listens. */
  rest: Buffer;
}

/** Nobody listens: no socket file, or one that a dead daemon left behind. */
export const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException)?.code ?? '');

/** The daemon answered and will not serve this client; `busy` when trying again may help (HTTP 503). */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly busy: boolean;

  constructor(reason: string, busy: boolean) {
    super(reason);
    this.busy = busy;
  }
}

/** Whether the same attempt may succeed in a moment: a daemon that comes, goes, or has its hands full (EAGAIN). */
export const isPassing = (error: unknown): boolean =>
  error instanceof Refusal
    ? error.busy
    : isAbsent(error) || ['ECONNRESET', 'EPIPE', 'EAGAIN'].includes((error as NodeJS.ErrnoException)?.code ?? '');

/** Whether all that `Content-Length` announced is there; without that header only the end of the stream tells. */
const isWhole = ({ headers, rest }: Head): boolean => rest.length >= Number(headers['content-length'] ?? Infinity);

const asRefusal = (head: Head | undefined): Refusal =>
  head
    ? new Refusal(head.rest.toString().trim() || `it answered with HTTP status ${head.status}.`, head.status === 503)
    : new Refusal('it closed the connection without an answer.', true);

/**
 * Connects, upgrades and sends the hello, within `timeoutMs` altogether. Throws the socket's own error when nobody
 * listens (`isAbsent`), `Refusal` when the daemon said no, `daemon_unavailable` when it said nothing in time.
 */
export function openUpgraded(socketPath: string, hello: Hello, timeoutMs: number): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let received: Buffer = Buffer.alloc(0);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('connect', onConnect).off('data', onData).off('close', onClose).off('error', fail);
    };
    const fail = (error: unknown): void => {
      settle();
      socket.on('error', () => {}); // Whatever comes after the first failure says nothing new.
      socket.destroy();
      reject(error);
    };
    const onConnect = (): void => {
      const headers = `Host: localhost\r\nConnection: Upgrade\r\nUpgrade: ${UPGRADE}`;
      socket.write(`GET ${MCP_ROUTE} HTTP/1.1\r\n${headers}\r\n\r\n`);
    };
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const head = readHead(received);
      if (head?.status === 101) {
        socket.off('data', onData).pause();
        // Whoever was killed meanwhile is told by the write, and nobody but us would hear it.
        socket.write(`${JSON.stringify(hello)}\n`, (error) => {
          if (error) return fail(error);
          settle();
          resolve({ socket, rest: head.rest });
        });
      } else if ((head && isWhole(head)) || received.length > maxHeadBytes) fail(asRefusal(head));
    };
    const onClose = (): void => fail(asRefusal(readHead(received)));
    const silent = new QantaraError('daemon_unavailable', {
      path: socketPath,
      problem: `it did not answer within ${timeoutMs} ms.`,
    });
    const timer = setTimeout(() => fail(silent), timeoutMs);
    socket.on('connect', onConnect).on('data', onData).on('close', onClose).on('error', fail);
  });
}
