import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { tcpOf } from './tcp.ts';
import { brings } from './token.ts';

/** Why a request is refused before anything is done for it: an HTTP status and a sentence. */
export interface Refused {
  status: 401 | 403;
  why: string;
}

const browserHeaders = ['origin', 'referer', 'sec-fetch-site', 'sec-fetch-mode'];
const here = ['localhost', '127.0.0.1', '[::1]'];

/** The host of a `Host` header without its port. */
const nameOf = (host = ''): string => host.replace(/:\d+$/, '').toLowerCase();

const isAddress = (name: string): boolean => isIP(name.replace(/^\[|\]$/g, '')) !== 0;

/**
 * Keeps web pages out, whichever way they found in: a browser says where a page is from, and a page that points a
 * name of its own at this machine (DNS rebinding) sends that name as `Host`. Our own clients do neither. Who comes by
 * TCP has to bring the token; a `Host` that is an address cannot be a page's name, so other machines may use one.
 */
export function checkRequest({ headers, socket }: IncomingMessage): Refused | undefined {
  const telling = browserHeaders.find((name) => headers[name] !== undefined);
  if (telling) return { status: 403, why: `Requests of a browser are refused (${telling}).` };
  const tcp = tcpOf(socket);
  const name = nameOf(headers.host);
  if (!here.includes(name) && !(tcp?.remote && isAddress(name))) {
    return { status: 403, why: `The Host of a request has to be one of ${here.join(', ')}.` };
  }
  if (tcp && !brings(headers.authorization, tcp.token)) {
    return {
      status: 401,
      why: 'By TCP a request has to bring "Authorization: Bearer <what is in ~/.qantara/http-token>".',
    };
  }
  return undefined;
}
