import { rmSync, writeFileSync } from 'node:fs';

import { QantaraError, wordsOf } from '../shared/errors.ts';
import { type Paths, pathsIn } from '../shared/paths.ts';
import { version } from '../shared/version.ts';
import { readConfig } from './config/config.ts';
import { inForce } from './config/in-force.ts';
import { failpoint } from './failpoint.ts';
import { prepareHome } from './home.ts';
import { createJobs, releaseJobs } from './jobs/jobs.ts';
import { recover } from './jobs/recover.ts';
import { openJobStore } from './jobs/rescue.ts';
import { keepTidy } from './jobs/retain.ts';
import { takeLock } from './lock.ts';
import { openLog } from './log.ts';
import { buildServer } from './server.ts';
import { storeFailure } from './store/failure.ts';

/** ms; then a connection that does not end is left to the system. */
const longestStopMs = 4_000;

/** The daemon, from lock to listening. Returns at once where another daemon of the same state folder runs. */
async function main(paths: Paths): Promise<void> {
  process.umask(0o077);
  prepareHome(paths);
  const lock = takeLock(paths.lock);
  if (!lock) return;
  failpoint('lock-taken');
  const log = openLog(paths.log);
  const config = readConfig(paths.config);
  const { store, rescued } = openJobStore(paths, Date.now());
  if (rescued) log.warn(rescued);
  const jobs = createJobs(paths, store, log, config);
  if (rescued) jobs.notices.push(rescued);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    // Everything that counts is on disk already.
    setTimeout(() => process.exit(0), longestStopMs).unref();
    log.info('stopping; running jobs go on');
    releaseJobs(jobs);
    await server.close();
    onTheSide(() => rmSync(paths.pid, { force: true }));
    store.close();
    lock.release();
    process.exit(0);
  };
  const server = buildServer({
    jobs,
    layers: config.layers,
    config: inForce(paths.config, config.entries),
    version,
    paths,
    stop,
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('SIGHUP', () => {}); // the terminal that started it was closed; jobs are not its business
  const recovered = recover(jobs);
  recovered.catch(() => {}); // it is waited for below, once the daemon listens
  keepTidy(jobs, config.retention);
  onTheSide(() => writeFileSync(paths.exposed, JSON.stringify(config.exposed), { mode: 0o600 }));
  await server.listen(paths, config.http);
  failpoint('listening');
  onTheSide(() => writeFileSync(paths.pid, `${process.pid}\n`, { mode: 0o600 }));
  onTheSide(() => rmSync(paths.startError, { force: true }));
  log.info({ version, node: process.version }, 'listening');
  await recovered;
}

/** What is only information must not fail a daemon on a full disk. */
function onTheSide(act: () => void): void {
  try {
    act();
  } catch {
    // a disk that takes nothing now
  }
}

/** Leaves the reason of a failed start where shims and `qantara daemon start` look for it. */
function explainFailure(paths: Paths, error: unknown): void {
  const known = error instanceof QantaraError ? error : storeFailure(error, paths.database);
  const reason = known?.message ?? `The daemon could not start: ${wordsOf(error)}`;
  console.error(known ? reason : error);
  try {
    writeFileSync(paths.startError, `${reason}\n`, { mode: 0o600 });
  } catch {
    // The state folder itself is unusable; whoever started us has our stderr.
  }
  process.exit(5);
}

const paths = pathsIn();
main(paths).catch((error: unknown) => explainFailure(paths, error));
