import { rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { describe } from '../shared/errors.ts';
import { type Hello, MCP_ROUTE, PROTOCOL, UPGRADE } from '../shared/wire.ts';
import { serveConnection } from './mcp/connection.ts';
import { addRoutes, type Served } from './routes/index.ts';

const helloShape = z.object({
  protocol: z.number(),
  version: z.string(),
  shimId: z.string().min(8).max(64),
  host: z.string().max(64).optional(),
  pid: z.number().int().positive(),
  cwd: z.string(),
  environment: z.record(z.string(), z.string()),
});
const noOrigin = 'Requests with an Origin are refused.';
/** An environment may be large; bytes. */
const maxHelloBytes = 4 * 1024 * 1024;
const helloTimeoutMs = 10_000;

/** The daemon's HTTP routes and the upgrade to MCP, not yet listening. */
export function buildServer(served: Served): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  // No browser may talk to the daemon; neither a shim nor the command line sends an Origin.
  app.addHook('onRequest', async (request, answer) => {
    if (request.headers.origin) await answer.code(403).send(noOrigin);
  });
  addRoutes(app, served);
  const streams = new Set<Duplex>();
  app.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    streams.add(stream);
    stream.on('close', () => streams.delete(stream));
    // A broken connection ends with `close`; what it carried is re-sent on the next one.
    stream.on('error', () => stream.destroy());
    upgrade(served, request, stream, head);
  });
  // Before the server waits for its connections to end: upgraded ones never do by themselves.
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.destroy();
  });
  return app;
}

/** Listens on the state folder's socket, 0600 from its first moment. The lock must be held: a socket file is stale then. */
export async function listen(app: FastifyInstance, socket: string): Promise<void> {
  await app.ready();
  rmSync(socket, { force: true });
  const before = process.umask(0o177);
  await new Promise<void>((resolve, reject) => {
    app.server.once('error', reject);
    app.server.listen(socket, resolve);
  }).finally(() => process.umask(before));
}

const refuse = (stream: Duplex, status: string, why: string): void => {
  stream.end(`HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${why}`);
};

function upgrade(served: Served, request: IncomingMessage, stream: Duplex, head: Buffer): void {
  if (request.headers.origin) return refuse(stream, '403 Forbidden', noOrigin);
  if (request.url !== MCP_ROUTE) return refuse(stream, '404 Not Found', `Only ${MCP_ROUTE} can be upgraded.`);
  const [name, protocol] = (request.headers.upgrade ?? '').split('/');
  if (name !== UPGRADE.split('/')[0]) return refuse(stream, '400 Bad Request', `It can be upgraded to ${UPGRADE}.`);
  if (protocol !== String(PROTOCOL)) {
    const why = describe('protocol_mismatch', { shim: protocol, daemon: PROTOCOL });
    return refuse(stream, '426 Upgrade Required', why);
  }
  stream.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: ${UPGRADE}\r\nconnection: upgrade\r\n\r\n`);
  readLine(stream, head, (line) => {
    const hello = parseHello(line);
    if (hello) {
      serveConnection(served, hello, stream);
      return stream.resume();
    }
    served.jobs.log.warn('a connection that did not say hello was closed');
    stream.destroy();
  });
}

/** Gives the first line of a stream to `use` and leaves the rest on it, paused. Closes a stream that sends none in time. */
function readLine(stream: Duplex, head: Buffer, use: (line: string) => void): void {
  let held = head;
  const timer = setTimeout(() => stream.destroy(), helloTimeoutMs);
  stream.on('close', () => clearTimeout(timer));
  const take = (): void => {
    const end = held.indexOf(10);
    if (end < 0) {
      if (held.length > maxHelloBytes) stream.destroy();
      return;
    }
    clearTimeout(timer);
    stream.off('data', add);
    stream.pause();
    if (end + 1 < held.length) stream.unshift(held.subarray(end + 1));
    use(held.toString('utf8', 0, end));
  };
  const add = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk]);
    take();
  };
  stream.on('data', add);
  take();
}

function parseHello(line: string): Hello | undefined {
  try {
    return helloShape.parse(JSON.parse(line));
  } catch {
    return undefined; // whoever it was does not speak our protocol
  }
}
