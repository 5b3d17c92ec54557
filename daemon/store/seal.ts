import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { bootId } from '../runner/process.ts';

/**
 * What a database file was like when it was last known to be sound: after its pages were all looked at, and after each
 * write of our own to one that was sealed. While it is the same file, and this boot of the machine the same, nobody else
 * has written to it, so looking at 290 MB again (0.3 to 0.5 s) would find what it found.
 *
 * That holds for every other program, for a copy put in its place, and for a power cut or a fall of the system. It does
 * not see what changes no file: a disk that gives back something else than was written. That is found by the first start
 * of a boot, or after a day, and by SQLite when it comes to such a page, which breaks the seal. Times of files move in
 * ticks (4 ms), so a write in the tick of our own last one is not seen either.
 */
const trustedMs = 86_400_000;

const sealOf = (path: string): string => `${path}.sealed`;

/** Anything that writes to a file, or puts another in its place, changes one of these. */
function traitsOf(path: string): string {
  const { dev, ino, size, ctimeNs } = statSync(path, { bigint: true });
  return `${bootId()} ${dev} ${ino} ${size} ${ctimeNs}`;
}

/** When all pages of a database were last looked at, in ms since the epoch; undefined where it has no seal that holds. */
export function sealedAt(path: string): number | undefined {
  try {
    const [at = '', ...traits] = readFileSync(sealOf(path), 'utf8').trim().split(' ');
    const age = Date.now() - Number(at);
    return age >= 0 && age < trustedMs && traits.join(' ') === traitsOf(path) ? Number(at) : undefined;
  } catch {
    return undefined; // none, or none that can be read
  }
}

/** Seals a database that is whole without its journal, and whose pages were all looked at, at that time. Never throws. */
export function seal(path: string, at: number): void {
  try {
    writeFileSync(sealOf(path), `${at} ${traitsOf(path)}\n`, { mode: 0o600 });
  } catch {
    // A disk that takes nothing now: the next start looks at the pages again.
  }
}

/** From now on the database counts as one that nobody has looked at. Never throws. */
export function breakSeal(path: string): void {
  try {
    rmSync(sealOf(path), { force: true });
  } catch {
    // A disk that is read-only: what was met is met again.
  }
}

/**
 * Does what writes to a database, and seals it anew where its seal held until then. `write` tells whether the database
 * is whole without its journal after it. A death in between leaves a seal that does not hold.
 */
export function keepSealed(path: string, write: () => boolean): void {
  const at = sealedAt(path);
  if (write() && at !== undefined) seal(path, at);
}
