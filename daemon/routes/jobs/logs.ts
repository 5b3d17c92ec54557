import { Readable } from 'node:stream';
import type { JobNews } from '../../../shared/wire.ts';
import { feed, type News } from '../../jobs/feed.ts';
import { jobNamed } from '../../jobs/named.ts';
import type { AddRoute } from '../served.ts';
import { signalOf } from '../signal.ts';
import { rowOf } from './row.ts';

const query = {
  type: 'object',
  properties: {
    after: { type: 'integer', minimum: 0, default: 0 },
    follow: { type: 'boolean', default: false },
  },
  additionalProperties: false,
};

const linesOf = (news: News): string => {
  const lines: JobNews[] = 'job' in news ? [{ job: rowOf(news.job) }] : news.events;
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
};

async function* textOf(news: AsyncIterable<News>): AsyncGenerator<string> {
  for await (const one of news) yield linesOf(one);
}

/** `GET /jobs/:id/events`: what a job has done and does, as lines of JSON; see `JobNews`. */
export const addLogs: AddRoute = (app, { jobs }) => {
  app.get<{ Params: { id: string }; Querystring: { after: number; follow: boolean } }>(
    '/jobs/:id/events',
    { schema: { querystring: query } },
    (request, answer) => {
      const { id } = jobNamed(jobs, request.params.id);
      const news = feed(jobs, id, { ...request.query, signal: signalOf(answer) });
      // One page is held at most: it is written before the next one is read.
      const stream = Readable.from(textOf(news), { highWaterMark: 1 });
      return answer.type('application/x-ndjson').send(stream);
    },
  );
};
