import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** A client of the daemon's socket that keeps to no rule. */
export interface Rude {
  socket: Socket;
  /** Everything that came back so far. */
  heard(): string;
  /** Resolves once the connection is over, with all that came back. */
  over: Promise<string>;
  /** Sends with regard to what the other side takes; false when it is over before all was sent. */
  send(bytes: string | Buffer): Promise<boolean>;
}

/** Connects; `deaf` reads nothing. */
export function rude(path: string, { deaf = false } = {}): Promise<Rude> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true });
    let heard = '';
    let over = false;
    socket.on('error', () => {});
    socket.once('error', reject);
    if (!deaf) socket.on('data', (chunk) => (heard += chunk.toString('latin1').slice(0, 100_000)));
    const ended = new Promise<string>((done) => {
      const finish = () => {
        over = true;
        socket.destroy();
        done(heard);
      };
      socket.on('close', finish).on('end', finish);
    });
    const send = (bytes: string | Buffer) =>
      new Promise<boolean>((sent) => {
        if (over) return sent(false);
        const gone = () => sent(false);
        socket.once('close', gone);
        socket.write(bytes, (error) => {
          socket.off('close', gone);
          sent(!error);
        });
      });
    socket.on('connect', () => resolve({ socket, heard: () => heard, over: ended, send }));
  });
}

export const upgradeHead =
  'GET /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: qantara-mcp/1\r\n\r\n';

export const helloLine = (more: object = {}): string =>
  `${JSON.stringify({ protocol: 1, version: '0', shimId: 'rude-client', pid: process.pid, cwd: '/', environment: {}, ...more })}\n`;

/** MB that a process holds in memory. Linux. */
export function memoryOf(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
