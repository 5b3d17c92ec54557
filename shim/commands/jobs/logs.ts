import { isTerminal } from '../../../shared/job.ts';
import { pathsIn } from '../../../shared/paths.ts';
import type { JobDetail, JobNews } from '../../../shared/wire.ts';
import { askStarting, follow as read } from '../../http.ts';
import { eventWriter } from '../../live/event-lines.ts';
import { followNews } from '../../live/news.ts';
import { footer } from '../../live/outcome.ts';
import { printOutput } from '../../live/output.ts';
import { colour, safe } from '../../terminal.ts';

export interface LogsOptions {
  follow?: boolean;
  since?: number;
  raw?: boolean;
  json?: boolean;
}

/** `qantara jobs logs`: what an agent did, as text, as JSON, or in its own words. */
export async function logs(name: string, { follow, since = 0, raw, json }: LogsOptions): Promise<void> {
  const paths = pathsIn();
  const { id } = await askStarting<JobDetail>(paths, 'GET', `/jobs/${encodeURIComponent(name)}`);
  if (raw) return printOutput(paths, id, { file: 'output', follow }, true);
  const write = (text: string) => void process.stdout.write(text);
  const writer = eventWriter(write, (at, kind) => `${colour('dim', `${clock(at)} ${kind.padEnd(9)}`)} `);
  const show = (news: JobNews): void => {
    if ('event' in news && news.at < since) return;
    if (json) return write(`${JSON.stringify(news)}\n`);
    if ('event' in news) return writer.event(news.event, news.at);
    if (!isTerminal(news.job.state)) return;
    writer.finish();
    write(`${colour('dim', `${clock(news.job.endedAt ?? 0)} ended    `)} ${safe(footer(news.job))}\n`);
  };
  if (follow) await followNews(paths, id, show);
  else await read<JobNews>(paths, `/jobs/${id}/events`, show);
  writer.finish();
}

/** The time of the day, as the person's clock shows it. */
const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);
