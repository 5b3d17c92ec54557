import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { QantaraError } from '../../shared/errors.ts';

const shape = /^[A-Za-z0-9_-]{43}\n?$/;

/**
 * The token of those who come by TCP: 256 random bits in a file that only this user can read, made where there is
 * none. Throws `unsafe_home` for one that others may read, is a link or holds no such token.
 */
export function tokenIn(path: string): string {
  const unsafe = (problem: string) =>
    new QantaraError('unsafe_home', {
      path: dirname(path),
      problem,
      remedy: `Remove ${path}; the next start makes a new one.`,
    });
  try {
    const fresh = `${randomBytes(32).toString('base64url')}\n`;
    writeFileSync(path, fresh, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ELOOP' ? unsafe(`${path} is a symbolic link.`) : error;
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile() || found.uid !== process.getuid?.() || found.mode & 0o077) {
      throw unsafe(`others than you may read or write ${path}.`);
    }
    const text = readFileSync(file, 'utf8');
    if (!shape.test(text)) throw unsafe(`${path} holds no token.`);
    return text.trim();
  } finally {
    closeSync(file);
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether an `Authorization` header brings the token. Takes the same time for every wrong one. */
export const brings = (header: string | undefined, token: string): boolean =>
  timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
