import { isTerminal } from '../../shared/job.ts';
import type { Paths } from '../../shared/paths.ts';
import type { JobNews, JobRow } from '../../shared/wire.ts';
import { follow } from '../http.ts';
import { insist } from './insist.ts';

/**
 * Tells the news of a job as they come, from its beginning to its end, however many daemons die meanwhile, and returns
 * the job as it ended. No event is told twice. Throws `unknown_job`, also for one that is removed meanwhile.
 */
export async function followNews(paths: Paths, id: string, onNews: (news: JobNews) => void): Promise<JobRow> {
  let after = 0;
  let news = false;
  let last: JobRow | undefined;
  const told = (one: JobNews): void => {
    news = true;
    if ('job' in one) last = one.job;
    else after = one.seq;
    onNews(one);
  };
  const isNews = (): boolean => {
    const was = news;
    news = false;
    return was;
  };
  for (;;) {
    const path = () => `/jobs/${encodeURIComponent(id)}/events?after=${after}&follow=true`;
    await insist(paths, () => follow<JobNews>(paths, path(), told), isNews);
    if (last && isTerminal(last.state)) return last;
  }
}
