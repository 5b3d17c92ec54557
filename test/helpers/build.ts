import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Builds dist/ once for all tests that start the programs as they are shipped. */
export function setup(): void {
  execFileSync(process.execPath, [join(import.meta.dirname, '../../setup/build.mjs')], { stdio: 'inherit' });
}
