import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Paths } from '../../shared/paths.ts';
import { loginEnvironment } from '../runner/environment.ts';
import { createSupervisors } from '../runner/supervisors.ts';
import type { Store } from '../store/store.ts';
import type { Jobs } from './context.ts';
import { schedule } from './schedule.ts';
import { changed } from './wait.ts';

/** The jobs of one state folder. Nothing runs until `recover` was called. */
export function createJobs(
  paths: Paths,
  store: Store,
  log: Logger,
  { limits, prices, env }: Pick<Jobs, 'limits' | 'prices' | 'env'>,
): Jobs {
  const jobs: Jobs = {
    paths,
    store,
    log,
    limits,
    prices,
    env,
    // Once the daemon listens: to spawn a shell takes 7 ms, and whoever connects takes longer to do so.
    login: setImmediate().then(loginEnvironment),
    supervisors: createSupervisors(paths.jobs),
    live: new Map(),
    stopping: new Map(),
    watchers: new Map(),
    ended: (id) => {
      changed(jobs, id, 'ended');
      schedule(jobs);
    },
    served: new Map(),
    notices: [],
    closing: false,
  };
  return jobs;
}

/** Lets go of every job without touching it: agents go on, the next daemon takes over. */
export function releaseJobs(jobs: Jobs): void {
  jobs.closing = true;
  for (const live of jobs.live.values()) live.release();
}
