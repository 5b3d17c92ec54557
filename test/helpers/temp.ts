import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty directory, with a path short enough for a socket in it. `remove` takes it away with what is in it. */
export function tempHome(): { path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'qn-')));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
