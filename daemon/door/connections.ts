import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkMs, mostActive, mostIdle, mostUnreadBytes, unreadMs } from './limits.ts';

/** Who is connected, and how many of them there may be. */
export interface Connections {
  /** One that has said who it is: it stays for as long as it likes, and counts as active. */
  know(stream: Duplex): void;
  /** Ends all of them. */
  close(): void;
}

const busy = 'HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n';

/**
 * Bounds the connections of a server. Silent ones and strangers never keep a client out, since the oldest of them
 * goes first; a client that does not read what it asked for goes as well.
 */
export function boundConnections(server: Server): Connections {
  /** In the order in which they fell silent. */
  const idle = new Set<Duplex>();
  const active = new Set<Duplex>();
  /** How much of each had been read when it last moved, and when that was. */
  const unread = new Map<Duplex, { written: number; since: number }>();

  const rest = (stream: Duplex): void => {
    active.delete(stream);
    if (stream.destroyed) return;
    idle.add(stream);
    if (idle.size > mostIdle) [...idle][0]?.destroy();
  };
  const work = (stream: Duplex): void => {
    idle.delete(stream);
    active.add(stream);
  };
  server.on('connection', (stream: Socket) => {
    stream.on('close', () => {
      idle.delete(stream);
      active.delete(stream);
      unread.delete(stream);
    });
    if (active.size < mostActive) return rest(stream);
    stream.end(`${busy}${mostActive} connections are in use. Try again in a moment.`);
    stream.destroySoon();
  });
  server.on('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    work(socket);
    answer.on('close', () => rest(socket));
  });

  const look = (): void => {
    for (const stream of active) {
      const { bytesWritten = 0, writableLength } = stream as Duplex & { bytesWritten?: number };
      // `bytesWritten` of a socket counts what waits to be written too.
      const written = bytesWritten - writableLength;
      const before = unread.get(stream);
      if (writableLength === 0) unread.delete(stream);
      else if (before?.written !== written) unread.set(stream, { written, since: performance.now() });
      else if (writableLength > mostUnreadBytes || performance.now() - before.since > unreadMs) stream.destroy();
    }
  };
  const timer = setInterval(look, checkMs).unref();

  return {
    know: work,
    close: () => {
      clearInterval(timer);
      for (const stream of [...idle, ...active]) stream.destroy();
    },
  };
}
