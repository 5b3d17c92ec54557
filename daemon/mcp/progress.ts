import { actionsOf } from '../../shared/events.ts';
import { duration } from '../../shared/format.ts';
import type { Jobs } from '../jobs/context.ts';
import { watch } from '../jobs/wait.ts';
import { activityOf, elapsedMs } from './render.ts';

/** The least time between two notifications: news is told at once, and what comes meanwhile together after this; ms. */
const restMs = 80;
/** One without news every so often, for hosts with an idle timer; ms. */
const quietMs = 10_000;

/** Sends MCP progress: number and text. */
export type Report = (progress: number, message: string) => void;

/** Reports what a job does, as it does it, until the returned function is called. Stops nothing and never throws. */
export function reportProgress(jobs: Jobs, id: string, report: Report): () => void {
  let last = '';
  let reports = 0;
  let resting = false;
  let waiting = false;
  const look = (news: boolean): void => {
    const job = jobs.store.jobs.get(id);
    if (!job) return;
    const summary = jobs.live.get(id)?.summary;
    const now = `${job.state} ${summary?.phase} ${summary && actionsOf(summary).at(-1)}`;
    if (news && now === last) return;
    last = now;
    report(++reports, `${job.id}: ${activityOf(jobs, job) || duration(elapsedMs(job))}`);
    rest();
  };
  const tell = (news: boolean): void => {
    try {
      look(news);
    } catch {
      // the store cannot be read now; whoever waits for the job learns it
    }
  };
  const rest = (): void => {
    resting = true;
    restTimer = setTimeout(() => {
      resting = false;
      if (waiting) tell(true);
      waiting = false;
    }, restMs);
    quietTimer.refresh();
  };
  let restTimer: NodeJS.Timeout | undefined;
  const quietTimer = setTimeout(() => tell(false), quietMs);
  const unwatch = watch(jobs, id, () => {
    if (resting) waiting = true;
    else tell(true);
  });
  return () => {
    unwatch();
    clearTimeout(restTimer);
    clearTimeout(quietTimer);
  };
}
