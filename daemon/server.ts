import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Paths } from '../shared/paths.ts';
import { checkRequest } from './door/checks.ts';
import { boundConnections } from './door/connections.ts';
import { bodyBytes, checkMs, headMs, idleMs, requestMs } from './door/limits.ts';
import { listenOnSocket } from './door/listen.ts';
import { listenOnTcp, type Tcp } from './door/tcp.ts';
import { tokenIn } from './door/token.ts';
import { upgrade } from './door/upgrade.ts';
import { addRoutes, type Served } from './routes/index.ts';
import { lazyValidators } from './routes/validators.ts';

/** The daemon's HTTP routes and the upgrade to MCP, not yet listening. */
export function buildServer(served: Served): FastifyInstance {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: bodyBytes,
    schemaController: { compilersFactory: { buildValidator: lazyValidators() } },
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    http: { headersTimeout: headMs, connectionsCheckingInterval: checkMs },
  });
  const connections = boundConnections(app.server);
  app.addHook('onRequest', async ({ raw }, answer) => {
    const refused = checkRequest(raw);
    if (refused) await answer.code(refused.status).send(refused.why);
  });
  addRoutes(app, served);
  app.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) =>
    upgrade(served, connections, request, stream, head),
  );
  // Before the server waits for its connections to end: upgraded ones never do by themselves.
  app.addHook('preClose', async () => connections.close());
  return app;
}

/** Opens the daemon's doors: the socket, and a TCP port where the owner wants one. */
export async function listen(app: FastifyInstance, paths: Paths, http: Omit<Tcp, 'token'> | undefined): Promise<void> {
  let close: (() => void) | undefined;
  app.addHook('preClose', async () => close?.());
  await app.ready();
  if (http) close = await listenOnTcp(app.server, { ...http, token: tokenIn(paths.httpToken) }, paths.config);
  await listenOnSocket(app.server, paths.socket);
}
