import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import Fastify, { type FastifyInstance } from 'fastify';
import { checkHeaders } from './door/checks.ts';
import { boundConnections } from './door/connections.ts';
import { bodyBytes, checkMs, headMs, idleMs, requestMs } from './door/limits.ts';
import { listenOnSocket } from './door/listen.ts';
import { upgrade } from './door/upgrade.ts';
import { addRoutes, type Served } from './routes/index.ts';

/** The daemon's HTTP routes and the upgrade to MCP, not yet listening. */
export function buildServer(served: Served): FastifyInstance {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: bodyBytes,
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    http: { headersTimeout: headMs, connectionsCheckingInterval: checkMs },
  });
  const connections = boundConnections(app.server);
  app.addHook('onRequest', async ({ headers }, answer) => {
    const refused = checkHeaders(headers);
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

/** Opens the daemon's door. */
export async function listen(app: FastifyInstance, socket: string): Promise<void> {
  await app.ready();
  await listenOnSocket(app.server, socket);
}
