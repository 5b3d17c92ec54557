import { createServer } from 'node:http';
import type { Paths } from '../shared/paths.ts';
import { checkRequest } from './door/checks.ts';
import { boundConnections } from './door/connections.ts';
import { checkMs, headMs, idleMs, requestMs } from './door/limits.ts';
import { listenOnSocket } from './door/listen.ts';
import { listenOnTcp, type Tcp } from './door/tcp.ts';
import { tokenIn } from './door/token.ts';
import { upgrade } from './door/upgrade.ts';
import { lazyRoutes, type Served } from './routes/index.ts';

/** What answers at the daemon's doors. */
export interface DaemonServer {
  /** Opens them: the socket, and a TCP port where the owner wants one. */
  listen(paths: Paths, http: Omit<Tcp, 'token'> | undefined): Promise<void>;
  /** Closes them and ends every connection, upgraded ones too. */
  close(): Promise<void>;
}

/** The upgrade to MCP and the HTTP routes, not yet listening. */
export function buildServer(served: Served): DaemonServer {
  const server = createServer({
    requestTimeout: requestMs,
    headersTimeout: headMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: checkMs,
  });
  const connections = boundConnections(server);
  const route = lazyRoutes(served);
  server.on('request', (request, answer) => {
    const refused = checkRequest(request);
    if (!refused) return void route(request, answer);
    answer.writeHead(refused.status, { 'content-type': 'text/plain; charset=utf-8' }).end(refused.why);
  });
  server.on('upgrade', (request, stream, head) => upgrade(served, connections, request, stream, head));

  let closeTcp: (() => void) | undefined;
  return {
    listen: async (paths, http) => {
      if (http) closeTcp = await listenOnTcp(server, { ...http, token: tokenIn(paths.httpToken) }, paths.config);
      await listenOnSocket(server, paths.socket);
    },
    close: () => {
      closeTcp?.();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.close();
      return closed;
    },
  };
}
