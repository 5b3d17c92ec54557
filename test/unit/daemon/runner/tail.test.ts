import { appendFileSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carriers, isAlive } from '../../../../daemon/runner/process.ts';
import { stopJob } from '../../../../daemon/runner/stop.ts';
import { followJob, type Line } from '../../../../daemon/runner/tail.ts';
import { writeReport } from '../../../helpers/report.ts';
import { until } from '../../../helpers/wait.ts';
import { proves } from '../../../promises.ts';
import { type Bench, bench, descriptors, outcome } from './job.ts';

let work: Bench;
beforeAll(() => {
  work = bench();
});
afterAll(() => work.close());

const megabyte = 1024 * 1024;
const shell = (script: string) => ({ command: '/bin/sh', args: ['-c', script] });
const textsOf = (lines: Iterable<Line>) => Array.from(lines, ({ text }) => text);

/** A folder whose job ended while nobody looked: output and exit code are there, no process is. */
function ended(output: string | Buffer, code = 0) {
  const { folder } = work.folder();
  writeFileSync(folder.output, output);
  writeReport(folder.run, { exitCode: code });
  return { folder, identity: undefined };
}

test('lines arrive while the job runs; the end comes after the last of them', async () => {
  const go = join(work.dir, 'go');
  const job = await work.start('', shell(`echo one; while [ ! -e '${go}' ]; do sleep 0.02; done; echo two; exit 3`));
  const seen: (string | undefined)[] = [];
  const follower = followJob({
    ...job,
    fromOffset: 0,
    onLines: (lines) => void seen.push(...textsOf(lines)),
  });
  let over = false;
  const end = follower.ended.finally(() => {
    over = true;
  });
  await until(() => seen.length > 0);
  expect([seen, over]).toEqual([['one'], false]);
  writeFileSync(go, '');
  expect(await end).toEqual({ code: 3, endedAtMs: expect.any(Number) });
  expect(seen).toEqual(['one', 'two']);
});

test('a line is seen within 100 ms of being written, without waiting for the poll', async () => {
  const job = await work.start('', shell('sleep 30'));
  const delays: number[] = [];
  const follower = followJob({
    ...job,
    fromOffset: 0,
    onLines: (lines) => void delays.push(...textsOf(lines).map((text) => performance.now() - Number(text))),
  });
  await until(() => existsSync(job.folder.output));
  for (let count = 1; count <= 20; count++) {
    appendFileSync(job.folder.output, `${performance.now()}\n`);
    await until(() => delays.length === count);
  }
  follower.close();
  await stopJob({ ...job, graceMs: 1_000 });
  expect(delays.sort((a, b) => a - b)[10]).toBeLessThan(100);
});

test('a job that ended while nobody looked is read from the offset on, with its true exit', async () => {
  const { end, lines } = await outcome(ended('first\nsecond\nthird\n', 9), { fromOffset: 6 });
  expect(end).toMatchObject({ code: 9 });
  expect(lines.map(({ text, end }) => [text, end])).toEqual([
    ['second', 13],
    ['third', 19],
  ]);
  expect((await outcome(ended('first\n'), { fromOffset: 6 })).lines).toEqual([]);
});

test('a job that never wrote anything, or lost its output file, still ends', async () => {
  const job = ended('');
  rmSync(job.folder.output);
  expect(await outcome(job)).toMatchObject({ end: { code: 0 }, lines: [] });
});

test(`${proves('P-24')} the last line counts without a newline; invalid UTF-8 and CRLF do no harm`, async () => {
  const bytes = Buffer.concat([Buffer.from('a\r\n'), Buffer.from([0xff, 0xc3, 0x0a]), Buffer.from('é')]);
  const { lines } = await outcome(ended(bytes));
  expect(lines.map(({ text, end }) => [text, end])).toEqual([
    ['a', 3],
    ['\ufffd\ufffd', 6],
    ['é', 8],
  ]);
  const unfinished = await work.start('[[say x]] [[no-newline]]');
  expect((await outcome(unfinished)).texts.at(-1)).toMatch(/"turn.completed".*\}$/);
});

test(`${proves('P-24')} 60 MB of output with a line of 20 MB pass through bounded memory, every byte accounted for`, async () => {
  const file = ended('').folder;
  const chunk = Buffer.from(`${'0123456789'.repeat(99)}é12345678\n`.repeat(1000));
  for (let count = 0; count < 20; count++) appendFileSync(file.output, chunk);
  for (let count = 0; count < 20; count++) appendFileSync(file.output, Buffer.alloc(megabyte, 'x'));
  appendFileSync(file.output, '\n');
  for (let count = 0; count < 20; count++) appendFileSync(file.output, chunk);
  let [count, most, position] = [0, 0, 0];
  const long: Line[] = [];
  const held = () => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  const before = held();
  const { end } = await outcome(
    { folder: file, identity: undefined },
    {
      onLines: (lines) => {
        for (const line of lines) {
          expect(line.end - line.bytes - 1).toBe(position);
          position = line.end;
          if (line.text === undefined) long.push(line);
          else if (line.text.length === 999) count++;
        }
        most = Math.max(most, held() - before);
      },
    },
  );
  expect(end).toMatchObject({ code: 0 });
  expect([count, position]).toEqual([40_000, statSync(file.output).size]);
  expect(long.map((line) => line.bytes)).toEqual([20 * megabyte]);
  expect(most).toBeLessThan(50 * megabyte);
  rmSync(file.output);
});

test('jobs with much to read take turns, one in each turn of the event loop, and none gets what another wrote', async () => {
  const words = ['one', 'two', 'three'];
  const turns: string[] = [];
  let [sinceLoop, most] = [0, 0];
  const loop = () => {
    sinceLoop = 0;
    ticking = setImmediate(loop);
  };
  let ticking = setImmediate(loop);
  const all = words.map((word) => {
    const job = ended(`${word}\n`.repeat(300_000));
    const onLines = (lines: Iterable<Line>): void => {
      turns.push(word);
      most = Math.max(most, ++sinceLoop);
      for (const { text } of lines) if (text !== word) throw new Error(`${word} got ${text}`);
    };
    return outcome(job, { onLines });
  });
  await Promise.all(all);
  clearImmediate(ticking);
  expect(most).toBe(1);
  expect(turns.slice(0, 3)).toEqual(words);
  expect(turns.slice(3, 6)).toEqual(words);
});

test('a consumer that fails ends the following; following anew from the last offset misses and repeats nothing', async () => {
  const job = ended(Array.from({ length: 200_000 }, (_, at) => `line ${at}\n`).join(''));
  const taken: (string | undefined)[] = [];
  let offset = 0;
  const take = (lines: Iterable<Line>) => {
    if (offset > 0 && taken.length < 100_000) throw new Error('disk is full');
    for (const line of lines) {
      taken.push(line.text);
      offset = line.end;
    }
  };
  const before = descriptors().length;
  await expect(outcome(job, { onLines: take })).rejects.toThrow('disk is full');
  expect(descriptors().length).toBe(before);
  const rest = await outcome(job, { fromOffset: offset });
  expect([...taken, ...rest.texts]).toEqual(Array.from({ length: 200_000 }, (_, at) => `line ${at}`));
});

test('output that cannot be read is an error, never an empty answer', async () => {
  for (const [replace, reason] of [
    [(path: string) => mkdirSync(path), /EISDIR/],
    [(path: string) => symlinkSync(path, path), /ELOOP/],
  ] as const) {
    const job = ended('');
    rmSync(job.folder.output);
    replace(job.folder.output);
    await expect(outcome(job)).rejects.toThrow(reason);
  }
});

test(`${proves('P-15')} a child that keeps stdout open does not keep the job running, and its late bytes are kept`, async () => {
  const job = await work.start('[[chatter]] [[lines 3]] [[say done]]');
  const { end, texts } = await outcome(job);
  expect(end).toMatchObject({ code: 0 });
  expect(texts.filter((text) => text?.includes('turn.completed'))).toHaveLength(1);
  // The supervisor may take a moment longer than its exit file.
  await until(() => carriers(job.marker).length === 1, { what: 'the child alone' });
  const size = statSync(job.folder.output).size;
  await until(() => statSync(job.folder.output).size > size, { what: 'late bytes in the output' });
  expect(carriers(job.marker)).toHaveLength(1);
  await stopJob({ ...job, graceMs: 100 });
});

test(`${proves('P-15')} reading after the end goes no further than the output reached then`, async () => {
  const job = ended('1\n2\n');
  const texts: (string | undefined)[] = [];
  const { end } = await outcome(job, {
    onLines: (lines) => {
      texts.push(...textsOf(lines));
      appendFileSync(job.folder.output, 'late\n'); // as fast as it is read
    },
  });
  expect(end).toMatchObject({ code: 0 });
  expect(texts).toEqual(['1', '2']);
});

test(`${proves('P-04')} a supervisor that was killed leaves the job lost, with what it wrote until then`, async () => {
  const job = await work.start('[[lines 2]] [[kill-supervisor]] [[lines 1]] [[sleep 60000]]');
  const { end, texts } = await outcome(job);
  expect(end).toEqual({ lost: expect.stringMatching(/supervisor is gone/) });
  expect(texts.filter((text) => text?.includes('"line '))).not.toHaveLength(0);
  expect(isAlive(job.identity)).toBe(false);
  await stopJob({ ...job, graceMs: 100 });
});

test(`${proves('P-04')} a pid that is another process by now, and no exit file, is lost at once`, async () => {
  const { folder } = work.folder();
  writeFileSync(folder.output, 'so far\n');
  const { end, texts } = await outcome({ folder, identity: { pid: process.pid, startTime: '1', bootId: 'before' } });
  expect(end).toHaveProperty('lost');
  expect(texts).toEqual(['so far']);
});

test('closing stops calls and frees everything', async () => {
  const before = descriptors().length;
  const job = await work.start('', shell('while :; do echo x; done'));
  let calls = 0;
  const follower = followJob({ ...job, fromOffset: 0, onLines: () => void calls++ });
  await until(() => calls > 0);
  follower.close();
  const then = calls;
  const first = await Promise.race([follower.ended, new Promise((resolve) => setTimeout(resolve, 150, 'silence'))]);
  expect([first, calls]).toEqual(['silence', then]);
  expect(isAlive(job.identity)).toBe(true);
  await stopJob({ ...job, graceMs: 1_000 });
  await until(() => descriptors().length <= before);
});
