import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Makes a folder and those above it that are missing, 0700 under any sane umask; does nothing where something of that
 * name is there already, a link or a file too. Several processes may do it at once. Throws the system's own error.
 * Node's `recursive` would never return where the file system answers ENOENT to everything, as /proc does (22.23).
 */
export function makeFolder(path: string): void {
  if (made(path)) return;
  makeFolder(dirname(path));
  if (!made(path)) throw new Error(`ENOENT: no such file or directory, mkdir '${path}'`);
}

/** False where the folder above it is missing. */
function made(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return true;
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) return false;
    throw error;
  }
}
