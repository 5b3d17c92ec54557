import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { QantaraError, wordsOf } from '../../shared/errors.ts';
import type { Problem } from '../../shared/wire.ts';
import { storeFailure } from '../store/failure.ts';
import { addAsks } from './asks.ts';
import { addConfig } from './config.ts';
import { addCancel } from './jobs/cancel.ts';
import { addLogs } from './jobs/logs.ts';
import { addList } from './jobs/ls.ts';
import { addOutput } from './jobs/output.ts';
import { addPrune } from './jobs/prune.ts';
import { addRead } from './jobs/read.ts';
import { addRemove } from './jobs/rm.ts';
import { addShow } from './jobs/show.ts';
import { addWait } from './jobs/wait.ts';
import type { AddRoute, Served } from './served.ts';
import { addSession, addSessions } from './sessions.ts';
import { addStats } from './stats.ts';
import { addStatus } from './status.ts';
import { addStop } from './stop.ts';

export type { Served } from './served.ts';

const routes: readonly AddRoute[] = [
  addStatus,
  addStop,
  addConfig,
  addAsks,
  addList,
  addShow,
  addLogs,
  addOutput,
  addWait,
  addRead,
  addCancel,
  addRemove,
  addPrune,
  addSessions,
  addSession,
  addStats,
];

/** What is asked about the daemon itself is answered at once, all else when every job has been taken over. */
const ofTheDaemon = /^\/(status|stop|config)$/;

type Route = (request: IncomingMessage, answer: ServerResponse) => void;

/** What a person's command line asks of the daemon, ready to be asked. A known failure is sent as its code and data. */
async function buildRoutes(served: Served): Promise<Route> {
  const { createApp } = await import('./app.ts');
  const app = createApp();
  app.setErrorHandler((error, _request, answer: FastifyReply) => {
    const known = error instanceof QantaraError ? error : storeFailure(error, served.paths.database);
    if (!known) return answer.send(error);
    return answer.code(409).send({ code: known.code, data: known.data } satisfies Problem);
  });
  app.addHook('preHandler', async ({ url }) => {
    if (!ofTheDaemon.test(url)) await served.jobs.recovering;
  });
  for (const add of routes) add(app, served);
  await app.ready();
  return app.routing;
}

/**
 * Takes the requests of persons. The routes are built at the first one: Fastify and its packages are a sixth of the
 * processor time of the daemon's start and 6 MB, and MCP hosts ask for none of them. That first one waits 0.1 s.
 */
export function lazyRoutes(served: Served): (...request: Parameters<Route>) => Promise<void> {
  let built: Promise<Route> | undefined;
  return async (request, answer) => {
    built ??= buildRoutes(served);
    let route: Route;
    try {
      route = await built;
    } catch (error) {
      // This installation is being replaced: the next request may find it whole. Jobs and hosts go on.
      built = undefined;
      served.jobs.log.error({ error: wordsOf(error) }, 'the routes could not be loaded');
      answer.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
      return void answer.end(`The routes could not be loaded: ${wordsOf(error)}`);
    }
    route(request, answer);
  };
}
