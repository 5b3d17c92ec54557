import type { IncomingHttpHeaders } from 'node:http';

/** Why a request is refused before anything is done for it: an HTTP status and a sentence. */
export interface Refused {
  status: 401 | 403;
  why: string;
}

const browserHeaders = ['origin', 'referer', 'sec-fetch-site', 'sec-fetch-mode'];
const here = ['localhost', '127.0.0.1', '[::1]'];

/** The host of a `Host` header without its port. */
const nameOf = (host = ''): string => host.replace(/:\d+$/, '').toLowerCase();

/**
 * Keeps web pages out, whichever way they found in: a browser says where a page is from, and a page that points a
 * name of its own at this machine (DNS rebinding) sends that name as `Host`. Our own clients do neither.
 */
export function checkHeaders(headers: IncomingHttpHeaders): Refused | undefined {
  const telling = browserHeaders.find((name) => headers[name] !== undefined);
  if (telling) return { status: 403, why: `Requests of a browser are refused (${telling}).` };
  if (!here.includes(nameOf(headers.host))) {
    return { status: 403, why: `The Host of a request has to be one of ${here.join(', ')}.` };
  }
  return undefined;
}
