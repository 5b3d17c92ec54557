import { rmSync, writeFileSync } from 'node:fs';

import { QantaraError, wordsOf } from '../shared/errors.ts';
import { type Paths, pathsIn } from '../shared/paths.ts';
import { version } from '../shared/version.ts';
import { readConfig } from './config.ts';
import { failpoint } from './failpoint.ts';
import { prepareHome } from './home.ts';
import { createJobs, releaseJobs } from './jobs/jobs.ts';
import { recover } from './jobs/recover.ts';
import { keepTidy } from './jobs/retain.ts';
import { takeLock } from './lock.ts';
import { openLog } from './log.ts';
import { buildServer, listen } from './server.ts';
import { createStore } from './store/store.ts';

/** The daemon, from lock to listening. Returns at once where another daemon of the same state folder runs. */
async function main(paths: Paths): Promise<void> {
  process.umask(0o077);
  prepareHome(paths);
  const lock = takeLock(paths.lock);
  if (!lock) return;
  failpoint('lock-taken');
  const log = openLog(paths.log);
  const { layers, limits, retention } = readConfig(paths.config);
  const store = createStore(paths.database);
  const jobs = createJobs(paths, store, log, limits);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info('stopping; running jobs go on');
    releaseJobs(jobs);
    await app.close();
    rmSync(paths.pid, { force: true });
    store.close();
    lock.release();
    process.exit(0);
  };
  const app = buildServer({ jobs, layers, version, paths, stop });
  recover(jobs);
  keepTidy(jobs, retention);
  await listen(app, paths.socket);
  failpoint('listening');
  writeFileSync(paths.pid, `${process.pid}\n`, { mode: 0o600 });
  rmSync(paths.startError, { force: true });
  log.info({ version, node: process.version }, 'listening');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('SIGHUP', () => {}); // the terminal that started it was closed; jobs are not its business
}

/** Leaves the reason of a failed start where shims and `qantara daemon start` look for it. */
function explainFailure(paths: Paths, error: unknown): void {
  const reason = error instanceof QantaraError ? error.message : `The daemon could not start: ${wordsOf(error)}`;
  console.error(error instanceof QantaraError ? reason : error);
  try {
    writeFileSync(paths.startError, `${reason}\n`, { mode: 0o600 });
  } catch {
    // The state folder itself is unusable; whoever started us has our stderr.
  }
  process.exitCode = 5;
}

const paths = pathsIn();
main(paths).catch((error: unknown) => explainFailure(paths, error));
