import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { describe } from '../../shared/errors.ts';
import { MCP_ROUTE, PROTOCOL, UPGRADE } from '../../shared/wire.ts';
import { type Connections as Mcp, serveConnection } from '../mcp/connection.ts';
import { checkRequest } from './checks.ts';
import type { Connections } from './connections.ts';
import { BadHello, readHello } from './hello.ts';
import { messagesOf } from './messages.ts';
import { believed } from './tcp.ts';

const statuses: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  426: 'Upgrade Required',
};

/** How long a client may take to read why it has to go; ms. */
const leaveMs = 1_000;

/** Ends a connection with a last word. What the client still sends is thrown away: a reset would take the word along. */
function endWith(stream: Duplex, word: string): void {
  stream.unpipe();
  stream.resume();
  stream.end(word);
  setTimeout(() => stream.destroy(), leaveMs);
}

function refuse(stream: Duplex, status: number, why: string): void {
  const head = `HTTP/1.1 ${status} ${statuses[status]}\r\ncontent-type: text/plain\r\nconnection: close`;
  endWith(stream, `${head}\r\ncontent-length: ${Buffer.byteLength(why)}\r\n\r\n${why}`);
}

/** Why this connection ends, as the last line of a connection that speaks JSON-RPC. */
function lastWord(stream: Duplex, message: string): void {
  endWith(stream, `${JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message } })}\n`);
}

/** What an upgrade is refused for; undefined where it may go on. */
function refusal(request: IncomingMessage): { status: number; why: string } | undefined {
  const { headers, url } = request;
  const refused = checkRequest(request);
  if (refused) return refused;
  if (url !== MCP_ROUTE) return { status: 404, why: `Only ${MCP_ROUTE} can be upgraded.` };
  const [name, protocol] = (headers.upgrade ?? '').split('/');
  if (name !== UPGRADE.split('/')[0]) return { status: 400, why: `It can be upgraded to ${UPGRADE}.` };
  if (protocol === String(PROTOCOL)) return undefined;
  return { status: 426, why: describe('protocol_mismatch', { shim: protocol, daemon: PROTOCOL }) };
}

/** Takes a connection over for MCP: it says hello and then speaks JSON-RPC, line by line. Never throws. */
export function upgrade(
  mcp: Mcp,
  connections: Connections,
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
): void {
  // A broken connection ends with `close`; what it carried is re-sent on the next one.
  stream.on('error', () => stream.destroy());
  const refused = refusal(request);
  if (refused) return refuse(stream, refused.status, refused.why);
  stream.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: ${UPGRADE}\r\nconnection: upgrade\r\n\r\n`);
  readHello(stream, head).then(
    (hello) => {
      connections.know(stream);
      const leave = (why: string): void => {
        mcp.jobs.log.warn({ host: hello.host, why }, 'a connection was closed');
        lastWord(stream, why);
      };
      serveConnection(mcp, believed(hello, stream), { messages: messagesOf(stream, leave), answers: stream });
    },
    (error: unknown) => {
      const why = error instanceof BadHello ? error.message : 'The hello could not be read.';
      mcp.jobs.log.warn({ why }, 'a connection that did not say hello was closed');
      lastWord(stream, why);
    },
  );
}
