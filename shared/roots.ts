import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Setting } from './setting.ts';

/** True of a directory and of what is in it. Both paths absolute and resolved. */
export const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);

/** Where a root leads now. One that does not exist yet is taken as it is written. */
function resolved(root: string): string {
  const path = resolve(root.replace(/^~(?=\/|$)/, () => process.env.HOME || homedir()));
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** What lies within both; undefined is everywhere, an empty list nowhere. */
export function bothRoots(
  some: readonly string[] | undefined,
  others: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!some || !others) return some ?? others;
  const inner = some.flatMap((one) => [
    ...(others.some((other) => isWithin(one, other)) ? [one] : []),
    ...others.filter((other) => isWithin(other, one)),
  ]);
  return [...new Set(inner)];
}

/**
 * The directories that delegates may be sent to, with all that is in them. A fence around `cwd`, not a sandbox: what
 * an agent reaches from there is its mode's matter.
 */
export const roots: Setting<readonly string[] | undefined> = {
  meaning: 'directories, with all in them, that agents may be sent to; not set: all',
  fallback: undefined,
  expected: 'a comma list of absolute paths or paths from ~/',
  read: (text) => {
    const items = text.split(',').map((item) => item.trim());
    return items.every((item) => /^(\/|~(\/|$))/.test(item) && !item.includes('\0')) ? items.map(resolved) : null;
  },
  cut: bothRoots,
};
