import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bodyOf, type Call, type Head, readHead, request } from '../../../shared/http.ts';

let folder: string;
let close: (() => void) | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qh-'));
});
afterEach(() => {
  close?.();
  rmSync(folder, { recursive: true, force: true });
});
const path = () => join(folder, 's');

const listening = (server: ReturnType<typeof createServer>): Promise<void> => {
  close = () => server.close();
  return new Promise((resolve) => server.listen(path(), resolve));
};
/** Node's own HTTP server, which the daemon is. */
const serve = (listener: RequestListener) => listening(createHttpServer(listener));
/** A server that sends these bytes and, unless told otherwise, hangs up. */
const send = (bytes: string, hangUp = true) =>
  listening(
    createServer((socket: Socket) => {
      socket.on('error', () => {});
      socket.once('data', () => (hangUp ? socket.end(bytes) : socket.write(bytes)));
    }),
  );

async function ask(call: Partial<Call> = {}): Promise<{ head?: Head; body: string }> {
  let head: Head | undefined;
  const parts: Buffer[] = [];
  await request(
    path(),
    { method: 'GET', path: '/', silenceMs: 5_000, ...call },
    {
      head: (one) => {
        head = one;
      },
      data: (bytes) => parts.push(bytes),
    },
  );
  return { head, body: Buffer.concat(parts).toString() };
}

test('a body of known length, and what was sent', async () => {
  await serve((asked, answer) => {
    const parts: Buffer[] = [];
    asked.on('data', (part) => parts.push(part));
    asked.on('end', () => {
      const text = JSON.stringify([asked.method, asked.url, asked.headers, Buffer.concat(parts).toString()]);
      answer.writeHead(201, { 'content-length': Buffer.byteLength(text) }).end(text);
    });
  });
  const { head, body } = await ask({ method: 'POST', path: '/jobs?x=%20', body: { task: 'grün' } });
  expect(head?.status).toBe(201);
  const headers = {
    host: 'localhost',
    connection: 'close',
    'content-type': 'application/json',
    'content-length': '16',
  };
  expect(JSON.parse(body)).toEqual(['POST', '/jobs?x=%20', headers, '{"task":"grün"}']);
});

test('a body in chunks arrives while it is written', async () => {
  let finish = (): void => {};
  await serve((_asked, answer) => {
    answer.write('one\n');
    finish = () => answer.end('two\n');
  });
  const seen: string[] = [];
  await request(
    path(),
    { method: 'GET', path: '/' },
    {
      head: () => {},
      data: (bytes) => {
        seen.push(bytes.toString());
        if (seen.length === 1) finish();
      },
    },
  );
  expect(seen).toEqual(['one\n', 'two\n']);
});

test('an empty body, and one that the end of the connection ends', async () => {
  await send('HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n', false);
  expect(await ask()).toMatchObject({ head: { status: 204 }, body: '' });
  close?.();
  rmSync(path(), { force: true });
  await send('HTTP/1.1 200 OK\r\n\r\nhello');
  expect((await ask()).body).toBe('hello');
});

test.each([
  ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', 'ended before'],
  ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhell', 'ended before'],
  ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfive\r\nhello', 'a chunk of the size "five"'],
  [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'1'.repeat(300)}`, 'without a size'],
  ['HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', 'the length "-1"'],
  ['SSH-2.0-x\r\n\r\n', 'not HTTP'],
  ['x'.repeat(70_000), 'no end of its head'],
  ['', 'ended before'],
])('a broken answer %j is told in words', async (bytes, words) => {
  await send(bytes);
  await expect(ask()).rejects.toThrow(words);
});

test('silence, and being told to stop, end a call', async () => {
  await send('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', false);
  await expect(ask({ silenceMs: 50 })).rejects.toThrow('no answer within 0.05 s');
  const stop = new AbortController();
  const asked = ask({ signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
  await expect(ask({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
});

test('nobody there: the error of the socket', async () => {
  await expect(ask()).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a path that is no path is refused before anything is sent', async () => {
  await expect(ask({ path: '/x HTTP/1.1\r\nEvil: 1' })).rejects.toThrow('no path of a request');
});

test('chunks are read alike, however the bytes are cut', () => {
  const pieces = fc.array(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, fc.array(fc.nat(30), { minLength: 1 }), (texts, cuts) => {
      const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)};x=1\r\n${text}\r\n`;
      const wire = Buffer.from(`${texts.map(chunk).join('')}0\r\nTrailer: t\r\n\r\n`);
      const parts: Buffer[] = [];
      const head = readHead(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')) as Head;
      const read = bodyOf(head, (bytes) => parts.push(bytes)) as (bytes: Buffer) => boolean;
      let whole = false;
      for (let at = 0, turn = 0; at < wire.length; turn++) {
        const size = 1 + (cuts[turn % cuts.length] as number);
        expect(whole).toBe(false);
        whole = read(wire.subarray(at, at + size));
        at += size;
      }
      expect(whole).toBe(true);
      expect(Buffer.concat(parts).toString()).toBe(texts.join(''));
    }),
  );
});
