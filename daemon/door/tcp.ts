import type { Server } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { QantaraError, wordsOf } from '../../shared/errors.ts';
import type { Hello } from '../../shared/wire.ts';

/** What the owner wants to be reached under by TCP. */
export interface Tcp {
  host: string;
  port: number;
  /** Other machines may come too. */
  remote: boolean;
  token: string;
}

const came = new WeakMap<object, Tcp>();

/** How a connection came, where that was by TCP. */
export const tcpOf = (connection: object): Tcp | undefined => came.get(connection);

/**
 * Opens a TCP port of the same server; with the same limits. Resolves with the function that closes it. Throws
 * `bad_config` where the port cannot be opened.
 */
export async function listenOnTcp(server: Server, tcp: Tcp, config: string): Promise<() => void> {
  const door = createServer((socket: Socket) => {
    came.set(socket, tcp);
    server.emit('connection', socket);
  });
  await new Promise<void>((resolve, reject) => {
    door.once('error', (error) => {
      const problem = `listen in [http] cannot be opened: ${wordsOf(error)}.`;
      reject(new QantaraError('bad_config', { path: config, problem }, error));
    });
    // Later ones are of single connections, such as too many open files.
    door.on('error', () => {});
    door.listen(tcp.port, tcp.host.replace(/^\[|\]$/g, ''), resolve);
  });
  return () => door.close();
}

/**
 * A hello as far as it is believed. Who comes by TCP need not be a process of this machine: its pid says nothing, and
 * its environment is neither policy nor a delegate's. It gets what config.toml says of the host that it names; the
 * marker of a job counts, since it can only take away.
 */
export function believed(hello: Hello, connection: object): Hello {
  if (!tcpOf(connection)) return hello;
  const { QANTARA_JOB } = hello.environment;
  return { ...hello, pid: 0, environment: QANTARA_JOB ? { QANTARA_JOB } : {} };
}
