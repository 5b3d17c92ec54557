import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import type { JobFolder } from '../runner/folder.ts';

/**
 * Keeps the whole answer of a job in its folder, whatever the output cap shows of it. Atomic. A folder that somebody
 * has removed is made again.
 */
export function keepAnswer(folder: JobFolder, text: string): void {
  mkdirSync(folder.dir, { recursive: true, mode: 0o700 });
  writeFileSync(`${folder.answer}.tmp`, text, { mode: 0o600 });
  renameSync(`${folder.answer}.tmp`, folder.answer);
}

export interface Part {
  text: string;
  /** Bytes of the whole answer. */
  total: number;
  /** Byte after this part; equals `total` at the end. */
  next: number;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/**
 * The answer from byte `offset` on, at most `maxBytes` of it, cut between characters. A job that ended without an
 * answer has an empty one. An offset beyond the end gives an empty part.
 */
export function readAnswer(folder: JobFolder, offset: number, maxBytes: number): Part {
  let file: number;
  try {
    file = openSync(folder.answer, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { text: '', total: 0, next: 0 };
    throw error;
  }
  try {
    const total = fstatSync(file).size;
    const start = Math.min(offset, total);
    // One character may need up to 4 bytes; a smaller cap must still move on.
    const buffer = Buffer.alloc(Math.min(Math.max(maxBytes, 4) + 1, total - start));
    const length = readSync(file, buffer, 0, buffer.length, start);
    let first = 0;
    while (first < length && isContinuation(buffer[first])) first++;
    let end = Math.min(length, Math.max(maxBytes, 4));
    while (end > first && isContinuation(buffer[end])) end--;
    return { text: buffer.toString('utf8', first, end), total, next: start + end };
  } finally {
    closeSync(file);
  }
}
