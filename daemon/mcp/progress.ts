import { duration } from '../../shared/format.ts';
import type { Jobs } from '../jobs/context.ts';
import { activityOf, elapsedMs } from './render.ts';

/** At most one notification a second; one without news every so many seconds, for hosts with an idle timer. */
const everyMs = 1_000;
const quietTicks = 10;

/** Sends MCP progress: number and text. */
export type Report = (progress: number, message: string) => void;

/** Reports what a job does until the returned function is called. Stops nothing and never throws. */
export function reportProgress(jobs: Jobs, id: string, report: Report): () => void {
  let last = '';
  let quiet = 0;
  let ticks = 0;
  const look = (): void => {
    const job = jobs.store.jobs.get(id);
    if (!job) return;
    ticks++;
    const summary = jobs.live.get(id)?.summary;
    const news = `${job.state} ${summary?.phase} ${summary?.lastAction}`;
    if (news === last && ++quiet < quietTicks) return;
    last = news;
    quiet = 0;
    report(ticks, `${job.id}: ${activityOf(jobs, job) || duration(elapsedMs(job))}`);
  };
  const tick = (): void => {
    try {
      look();
    } catch {
      // the store cannot be read now; whoever waits for the job learns it
    }
  };
  const timer = setInterval(tick, everyMs);
  return () => clearInterval(timer);
}
