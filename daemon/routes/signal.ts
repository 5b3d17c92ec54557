import type { FastifyReply } from 'fastify';

/** Aborts when the connection of a request ends before its answer is complete. */
export function signalOf(answer: FastifyReply): AbortSignal {
  const gone = new AbortController();
  answer.raw.on('close', () => gone.abort());
  return gone.signal;
}
