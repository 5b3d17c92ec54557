/** The first file of the daemon: how V8 is to work for it, then the rest. Figures are of Node 22.23. */
import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { pathsIn } from '../shared/paths.ts';
import { prepareHome } from './home.ts';

// By default V8 lets garbage pile up to some 60 MB before it looks. With these the daemon holds after a thousand jobs
// what it held after the first ones, and 3 MB less from the start. V8 takes no code that was compiled under other
// flags, so on the command line they would cost 25 of 240 ms of a start: Node's own modules come compiled only if they
// were loaded before.
const ofEveryStart =
  'assert child_process cluster crypto fs/promises http os perf_hooks timers/promises worker_threads';
for (const name of ofEveryStart.split(' ')) process.getBuiltinModule(name);
setFlagsFromString('--optimize-for-size');
setFlagsFromString('--semi-space-growth-factor=1');

const personsUmask = process.umask(0o077);
try {
  const paths = pathsIn();
  prepareHome(paths);
  // From the second start on all else comes compiled too, out of a folder that nobody else can write to.
  enableCompileCache(paths.compiled);
} catch {
  // The daemon meets the same fault, and tells it.
}
process.umask(personsUmask);
import('./main.ts');
