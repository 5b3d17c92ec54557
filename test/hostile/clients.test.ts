import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Host, host, type Machine, machine } from '../helpers/bridge.ts';
import { helloLine, memoryOf, type Rude, rude, upgradeHead } from '../helpers/rude.ts';
import { proves } from '../promises.ts';

let person: Machine;
let own: Host;
let pid: number;
let before: number;
beforeAll(async () => {
  person = machine();
  own = await host(person);
  await own.call('ask_codex', { task: 'warm' });
  pid = (await person.status())?.pid as number;
  before = memoryOf(pid);
});
afterAll(async () => {
  await own.close();
  await person.close();
});

/** A real client is answered; how long that took, ms. */
async function served(): Promise<number> {
  const began = performance.now();
  expect((await own.call('check_job', {}, { timeout: 10_000 })).isError).toBe(false);
  return performance.now() - began;
}

/** The daemon is the same, answers, and is not much larger than before; MB. */
async function unharmed(most: number): Promise<void> {
  await served();
  expect((await person.status())?.pid).toBe(pid);
  const grown = memoryOf(pid) - before;
  console.log(`the daemon grew by ${Math.round(grown)} MB`);
  expect(grown).toBeLessThan(most);
}

const open = (): Promise<Rude> => rude(person.paths.socket);

/** An upgraded connection that has said hello. */
async function greeted(options = {}): Promise<Rude> {
  const one = await rude(person.paths.socket, options);
  await one.send(upgradeHead + helloLine());
  return one;
}

test(`${proves('P-34')} five hundred idle connections keep nobody out`, async () => {
  const idle = await Promise.all(Array.from({ length: 500 }, open));
  await served();
  let closed = 0;
  for (const one of idle) one.over.then(() => closed++);
  await expect.poll(() => closed, { timeout: 5_000 }).toBeGreaterThanOrEqual(250);
  await unharmed(60);
  // Silent ones go by themselves.
  await expect.poll(() => closed, { timeout: 25_000 }).toBe(500);
});

test(`${proves('P-34')} a byte a second gets nowhere, and holds nobody up meanwhile`, async () => {
  const [head, hello, body] = await Promise.all([open(), open(), open()]);
  await hello?.send(upgradeHead);
  await body?.send('POST /jobs/codex-1/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
  let over = 0;
  for (const one of [head, hello]) one?.over.then(() => over++);
  const text = 'GET /status HTTP/1.1\r\nHost: localhost\r\nX-Long: ';
  for (let second = 0; second < 25 && over < 2; second++) {
    await Promise.all([head?.send(text[second] ?? 'x'), hello?.send('x'), body?.send('x')]);
    expect(await served()).toBeLessThan(5_000);
    await sleep(1_000);
  }
  expect(over).toBe(2);
  expect(head?.heard()).toMatch(/^HTTP\/1\.1 408 /);
  expect(hello?.heard()).toMatch(/No hello came within 10 s\./);
  body?.socket.destroy();
});

test(`${proves('P-34')} a body of a gigabyte is refused, whether its length is told or not`, async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x');
  const heads = ['Content-Length: 1073741824', 'Transfer-Encoding: chunked'];
  for (const head of heads) {
    const chunk = head.includes('chunked')
      ? Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')])
      : piece;
    const refusal = async (): Promise<string> => {
      const one = await open();
      await one.send(
        `POST /jobs/codex-1/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${head}\r\n\r\n`,
      );
      let sent = 0;
      while (sent < 1024 && (await Promise.race([one.send(chunk), one.over.then(() => false)]))) sent++;
      expect(sent).toBeLessThan(1024);
      return one.heard();
    };
    // Who still writes when the connection closes loses an answer that it has not read yet: then another one asks.
    await expect.poll(refusal, { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 413 /);
    await unharmed(100);
  }
});

test(`${proves('P-34')} a message without end is refused with a word`, async () => {
  const one = await greeted();
  const piece = Buffer.alloc(1024 * 1024, 'x');
  let sent = 0;
  while (sent < 1024 && (await Promise.race([one.send(piece), one.over.then(() => false)]))) sent++;
  expect(sent).toBeLessThan(1024);
  expect(await one.over).toMatch(/A message may have at most 67108864 bytes/);
  await unharmed(250);
});

test(`${proves('P-34')} large messages that many clients begin at once are bounded together`, async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x');
  const many = await Promise.all(Array.from({ length: 20 }, () => greeted()));
  let refused = 0;
  for (const one of many) one.over.then((words) => words.includes('Too many large messages') && refused++);
  for (let round = 0; round < 30; round++) {
    await Promise.all(many.map((one) => Promise.race([one.send(piece), one.over])));
  }
  await expect.poll(() => refused, { timeout: 10_000 }).toBeGreaterThanOrEqual(10);
  await served();
  expect(memoryOf(pid) - before).toBeLessThan(700);
  for (const one of many) one.socket.destroy();
  await served();
});

test(`${proves('P-34')} a bad, huge or missing hello is told why it is none`, async () => {
  const said = async (...lines: (string | Buffer)[]) => {
    const one = await open();
    await one.send(upgradeHead);
    for (const line of lines) await one.send(line);
    return one.over;
  };
  expect(await said('nonsense\n')).toMatch(/"id":null,"error":.*The first line has to be a hello/);
  expect(await said(helloLine({ shimId: 5 }))).toMatch(/The hello is not one: \\"shimId\\"/);
  const canary = await said(helloLine({ environment: { A: { b: 'canary' } } }));
  expect(canary).toMatch(/\\"environment\\"/);
  expect(canary).not.toContain('canary');
  expect(await said(...Array(17).fill(Buffer.alloc(1024 * 1024, 'x')))).toMatch(/longer than 16777216 bytes/);
  const half = await open();
  await half.send(upgradeHead);
  half.socket.end();
  expect(await half.over).toMatch(/ended before its hello did/);
  const gone = await open();
  await gone.send(upgradeHead);
  gone.socket.destroy();
  await unharmed(350);
});

test(`${proves('P-34')} who never reads its answers is not read any more`, async () => {
  const deaf = await greeted({ deaf: true });
  const list = (id: number) => `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/list' })}\n`;
  await deaf.send(
    `${JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'deaf', version: '0' } } })}\n`,
  );
  let id = 1;
  let taken = true;
  // 200,000 answers of some 10 KB would be 2 GB.
  while (taken && id < 200_000) {
    const lines = Array.from({ length: 500 }, () => list(id++)).join('');
    taken = await Promise.race([deaf.send(lines), sleep(2_000, false)]);
  }
  expect(taken).toBe(false);
  await unharmed(400);
  deaf.socket.destroy();
});

test(`${proves('P-34')} no bytes at all make it fail`, { timeout: 120_000 }, async () => {
  const head = fc.constantFrom(
    '',
    upgradeHead,
    upgradeHead + helloLine(),
    'GET /jobs HTTP/1.1\r\nHost: localhost\r\n',
    'POST ',
  );
  const json = fc.json({ maxDepth: 3 }).map((text) => Buffer.from(`${text}\n`));
  const message = fc
    .record(
      {
        jsonrpc: fc.constantFrom('2.0', '1.0'),
        id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
        method: fc.oneof(fc.constantFrom('tools/call', 'tools/list', 'initialize', 'ping', 'constructor'), fc.string()),
        params: fc.object({ maxDepth: 2 }),
      },
      { requiredKeys: [] },
    )
    .map((value) => Buffer.from(`${JSON.stringify(value)}\n`));
  const bytes = fc.uint8Array({ maxLength: 300 }).map((values) => Buffer.from(values));
  const frames = fc.array(fc.oneof(json, message, bytes), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(head, frames), { minLength: 20, maxLength: 20 }), async (clients) => {
      await Promise.all(
        clients.map(async ([start, rest]) => {
          const one = await open();
          for (const frame of [Buffer.from(start), ...rest]) await one.send(frame);
          one.socket.end();
          await Promise.race([one.over, sleep(300)]);
          one.socket.destroy();
        }),
      );
      await served();
    }),
    { numRuns: 50 },
  );
  await unharmed(400);
});

test(`${proves('P-34')} calls of one client that are not answered are limited`, async () => {
  const id = /codex-\d+/.exec((await own.call('ask_codex', { task: '[[sleep 60000]]', background: true })).text)?.[0];
  const calls = Array.from({ length: 300 }, () => own.call('wait_job', { job_id: id }));
  const first = await Promise.race(calls);
  expect(first.text).toMatch(/^Refused: 256 calls of this host are not answered yet\./);
  await own.call('cancel_job', { job_id: id }).catch(() => {});
  await person.qantara('jobs', 'cancel', id as string);
  const answers = await Promise.all(calls);
  expect(answers.filter(({ text }) => text.startsWith('Refused'))).toHaveLength(44);
});
