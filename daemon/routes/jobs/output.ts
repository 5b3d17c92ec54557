import { Readable } from 'node:stream';
import { jobNamed } from '../../jobs/named.ts';
import { type OutputFile, outputFiles, readOutput } from '../../jobs/output.ts';
import type { AddRoute } from '../served.ts';
import { signalOf } from '../signal.ts';

const query = {
  type: 'object',
  properties: {
    file: { enum: Object.keys(outputFiles), default: 'output' },
    offset: { type: 'integer', minimum: 0, default: 0 },
    follow: { type: 'boolean', default: false },
  },
  additionalProperties: false,
};

/** `GET /jobs/:id/output`: the bytes that the agent wrote, or its whole answer. */
export const addOutput: AddRoute = (app, { jobs }) => {
  app.get<{ Params: { id: string }; Querystring: { file: OutputFile; offset: number; follow: boolean } }>(
    '/jobs/:id/output',
    { schema: { querystring: query } },
    (request, answer) => {
      const { id } = jobNamed(jobs, request.params.id);
      const bytes = readOutput(jobs, id, { ...request.query, signal: signalOf(answer) });
      return answer.type('application/octet-stream').send(Readable.from(bytes, { highWaterMark: 1 }));
    },
  );
};
