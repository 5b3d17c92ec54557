import { expect, test } from 'vitest';
import { splitLines } from '../../../shim/lines.ts';

function split(chunks: readonly Buffer[], cap = 1000) {
  const lines: string[] = [];
  const tooLong: string[] = [];
  const push = splitLines(cap, {
    onLine: (line) => lines.push(line.toString()),
    onTooLong: (head, tail) =>
      tooLong.push(`${head.length}:${head.subarray(0, 3)}…${tail.subarray(-3)}:${tail.length}`),
  });
  for (const chunk of chunks) push(chunk);
  return { lines, tooLong };
}

const text = 'eins\nзwei 日本\n\n😀\r\nlast';

test.each([1, 2, 3, 5, 7, 100])('lines are whole however the bytes arrive (%i at a time)', (size) => {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
  expect(split(chunks).lines).toEqual(['eins', 'зwei 日本', '😀\r']);
});

test('a line at the cap is kept, one over it is reported with its ends, and the next is read as usual', () => {
  const long = Buffer.from(`abc${'x'.repeat(9000)}xyz\n`);
  const { lines, tooLong } = split([
    Buffer.from(`${'a'.repeat(1000)}\n`),
    long.subarray(0, 500),
    long.subarray(500),
    Buffer.from('ok\n'),
  ]);
  expect(lines).toEqual(['a'.repeat(1000), 'ok']);
  expect(tooLong).toEqual(['4096:abc…xyz:4096']);
});

test('memory does not grow with a line that is too long', () => {
  const push = splitLines(1024, { onLine: () => {} });
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const before = process.memoryUsage().arrayBuffers;
  for (let sent = 0; sent < 2000; sent++) push(chunk);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
});
