import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isPassing, openUpgraded } from '../../../shared/client.ts';
import type { Hello } from '../../../shared/wire.ts';
import { tempHome } from '../../helpers/temp.ts';
import { proves } from '../../promises.ts';

const upgraded = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';
const hello = { protocol: 1, shimId: 'one' } as Hello;

const home = tempHome();
const path = join(home.path, 'socket');
let server: Server;
const listen = (answer: (socket: Socket) => void): Promise<unknown> => {
  server = createServer((socket) => socket.once('data', () => answer(socket)).on('error', () => {}));
  return new Promise((listening) => server.listen(path, () => listening(undefined)));
};
afterEach(() => server.close());

test('after the 101 the hello is sent, and what came with it is kept', async () => {
  let received = '';
  await listen((socket) => {
    socket.write(`${upgraded}first`);
    socket.on('data', (chunk) => {
      received += chunk;
      socket.end('second');
    });
  });
  const { socket, rest } = await openUpgraded(path, hello, 5_000);
  expect(rest.toString()).toBe('first');
  let more = '';
  for await (const chunk of socket) more += chunk;
  expect(more).toBe('second');
  expect(received).toBe(`${JSON.stringify(hello)}\n`);
});

test(`${proves('P-06')} a daemon that dies between its 101 and the hello is a failure that passes, and nobody's end`, async () => {
  await listen((socket) => {
    socket.write(upgraded);
    socket.destroy();
  });
  const error = await openUpgraded(path, hello, 5_000).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'EPIPE' });
  expect(isPassing(error)).toBe(true);
});
