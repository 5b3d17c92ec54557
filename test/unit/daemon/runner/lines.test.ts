import { expect, test } from 'vitest';
import { type Line, lastLine, linesIn, splitterFrom } from '../../../../daemon/runner/lines.ts';
import type { Bulk } from '../../../../shared/agents/agent.ts';
import { proves } from '../../../promises.ts';

const megabyte = 1024 * 1024;

function split(bytes: Buffer, sizes: () => number, maxBytes = megabyte, offset = 0, bulk?: Bulk): Line[] {
  const splitter = splitterFrom(offset, maxBytes, bulk);
  const lines: Line[] = [];
  // One buffer for all chunks, as a file is read.
  const chunk = Buffer.alloc(bytes.length + 1);
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(sizes(), bytes.length - at);
    bytes.copy(chunk, 0, at, at + length);
    lines.push(...linesIn(splitter, chunk.subarray(0, length)));
    at += length;
  }
  return [...lines, ...lastLine(splitter)];
}

/** Small and repeatable: mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pieces = ['\n', '\r\n', '\r', 'a', 'é', '漢字', '👩‍🚀', '{"type":"x"}', '\0', '\ufeff'].map((text) =>
  Buffer.from(text),
);
const broken = [0xff, 0xc3, 0xe2, 0x82, 0xf0, 0x9f].map((byte) => Buffer.from([byte]));

test(`${proves('P-24')} any chunking of any bytes gives the same lines as one piece, and their offsets tile the stream`, () => {
  for (let seed = 1; seed <= 400; seed++) {
    const next = random(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
    const bytes = Buffer.concat(Array.from({ length: 1 + next() * 60 }, () => pick(next() < 0.8 ? pieces : broken)));
    const maxBytes = next() < 0.5 ? 8 : megabyte;
    const whole = split(bytes, () => bytes.length, maxBytes);
    expect(
      split(bytes, () => 1 + Math.floor(next() * 5), maxBytes),
      `seed ${seed}`,
    ).toEqual(whole);
    expect(
      split(bytes, () => 1, maxBytes),
      `seed ${seed}`,
    ).toEqual(whole);
    let from = 0;
    for (const line of whole) {
      expect(bytes[from + line.bytes] === 10 || from + line.bytes === bytes.length, `seed ${seed}`).toBe(true);
      const text = bytes.toString('utf8', from, from + line.bytes).replace(/\r$/, '');
      expect(line.text, `seed ${seed}`).toBe(line.bytes > maxBytes ? undefined : text);
      from = line.end;
    }
    expect(from, `seed ${seed}`).toBe(bytes.length);
  }
});

test('lines, empty lines, carriage returns and a last line without newline', () => {
  const lines = split(Buffer.from('one\n\ntwo\r\nthrée'), () => 3, megabyte, 100);
  expect(lines).toEqual([
    { text: 'one', bytes: 3, end: 104 },
    { text: '', bytes: 0, end: 105 },
    { text: 'two', bytes: 4, end: 110 },
    { text: 'thrée', bytes: 6, end: 116 },
  ]);
});

test(`${proves('P-24')} a line of 400 MiB holds no more than the cap and does not hide the next one`, () => {
  const splitter = splitterFrom(0, megabyte);
  const chunk = Buffer.alloc(megabyte / 4, 'x');
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let count = 0; count < 1600; count++) {
    expect([...linesIn(splitter, chunk)]).toEqual([]);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(most).toBeLessThan(8 * megabyte);
  const bytes = 400 * megabyte;
  expect([...linesIn(splitter, Buffer.from('\nnext\n'))]).toEqual([
    { text: undefined, bytes, end: bytes + 1 },
    { text: 'next', bytes: 4, end: bytes + 6 },
  ]);
});

test('the cap is exact', () => {
  expect(split(Buffer.from('12345678\n123456789\n'), () => 2, 8).map((line) => line.text)).toEqual([
    '12345678',
    undefined,
  ]);
});

test('of a long line the bulk is passed over, and of no other', () => {
  const bulk = { begin: '"output":"', end: '","code":' };
  const line = (output: string): string => JSON.stringify({ say: '"output":"', item: { output, code: 0, more: 'é' } });
  const long = 'a "quoted" line, "output":"x","code":1\n'.repeat(40);
  const texts = [
    line(long),
    line('short'),
    line(''),
    JSON.stringify({ output: long, more: 1 }),
    JSON.stringify({ text: long }),
    `${line(long)}${line(long)}`,
    'x'.repeat(2_000),
  ];
  for (const size of [1, 7, 1_000, 100_000]) {
    const lines = split(Buffer.from(`${texts.join('\r\n')}\r\n`), () => size, megabyte, 0, bulk);
    expect(lines.map(({ text }) => text)).toEqual([
      line(''),
      ...texts.slice(1, 5),
      `${line('')}${line(long)}`,
      texts.at(-1),
    ]);
    expect(lines.map(({ bytes }) => bytes)).toEqual(texts.map((text) => Buffer.byteLength(text) + 1));
  }
});

test('bulk that holds words of its own end is passed over whole', () => {
  const line = (output: string): string => JSON.stringify({ output, exit_code: 0 });
  const bulk = { begin: '"output":"', end: '","exit_code":' };
  const words = ['exit_code', '","exit_code":', 'xit_cod'].map((word) => `${word} `.repeat(300));
  const text = `${words.map(line).join('\n')}\n`;
  const lines = split(Buffer.from(text), () => 100_000, megabyte, 0, bulk);
  expect(lines.map(({ text }) => text)).toEqual(words.map(() => line('')));
});
