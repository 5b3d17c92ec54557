/**
 * `qantara`: the command line for people. This file is what every call pays for, so it is nearly empty: all else is
 * loaded when it is needed, and the version needs nothing.
 */
import { writeSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { compiledIn, isPrivate, stateFolder } from '../shared/state-folder.ts';
import { version } from '../shared/version.ts';

/** What has been compiled before is taken from where the daemon keeps its own: 4 of 80 ms of `jobs ls`. */
function compileOnce(): void {
  try {
    const home = stateFolder();
    const compiled = compiledIn(home);
    if (!isPrivate(home) || !isPrivate(compiled)) return;
    const personsUmask = process.umask(0o077);
    enableCompileCache(compiled);
    process.umask(personsUmask);
  } catch {
    // The command meets the same fault, and tells it.
  }
}

const [, , word, ...rest] = process.argv;
if ((word === '--version' || word === '-V') && rest.length === 0) writeSync(1, `${version}\n`);
else {
  compileOnce();
  import('./main.ts').then(({ main }) => main(process.argv.slice(2)));
}
