import { lstatSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** The folder of everything that qantara keeps. */
export const stateFolder = (environment: Record<string, string | undefined> = process.env): string =>
  environment.QANTARA_HOME || join(environment.HOME || process.getBuiltinModule('node:os').homedir(), '.qantara');

/** The daemon's and the command line's code as V8 has compiled it; may be removed at any time. */
export const compiledIn = (home: string): string => join(home, 'compiled');

/** Whether this is a folder, no link, of our own that nobody else can write to. Throws where that cannot be seen. */
export function isPrivate(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!isAbsolute(path) || !found?.isDirectory()) return false;
  return found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}
