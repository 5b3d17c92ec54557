import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { anthropic, countTokens } from './anthropic.ts';
import { nextReply, type Reply } from './directives.ts';
import { gemini, sideAnswer } from './gemini.ts';
import { openai } from './openai.ts';
import { type Conversation, type Json, object, type Provider, sendJson } from './provider.ts';

/**
 * Loopback models: one HTTP server on 127.0.0.1 that stands in for OpenAI, Anthropic and Gemini, so that the real
 * agent CLIs run with no account and no network. Directives in the prompt script what a model does (directives.ts).
 */
export interface ModelRequest extends Conversation {
  /** Ms since the epoch. */
  at: number;
  provider: Provider['name'];
  path: string;
  /** Headers of the request without those that carry a key or a token. */
  headers: Record<string, string>;
  /** The whole request as sent. */
  body: Json;
  /** What the model did; absent while it sleeps. */
  reply?: Reply | { kind: 'unauthorised' };
  /** The client went away before it had the reply. */
  aborted: boolean;
}

export interface Models {
  port: number;
  url: string;
  /** Every request that a model answered, oldest first; a side question of a CLI is not among them. */
  requests: ModelRequest[];
  /** Requests to paths that no provider knows, as `METHOD path`. */
  unknown: string[];
  /** Ends the server and every open connection. */
  close(): Promise<void>;
}

const providers: readonly Provider[] = [anthropic, openai, gemini];
const secretHeader = /key|token|authorization|cookie/i;

const publicHeaders = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers)
      .filter(([name]) => !secretHeader.test(name))
      .map(([name, value]) => [name, String(value)]),
  );

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return object(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch {
    // Some requests have no body or one that is not JSON; a model then sees an empty conversation.
    return {};
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, models: Models): Promise<void> {
  const path = new URL(request.url ?? '/', models.url).pathname;
  const body = await bodyOf(request);
  const provider = providers.find((one) => one.handles(path));
  if (provider) return await answerAsModel(provider, { path, body, request, response, models });
  if (path.endsWith('/count_tokens')) return sendJson(response, 200, countTokens(body));
  if (path.endsWith(':countTokens')) return sendJson(response, 200, { totalTokens: countTokens(body).input_tokens });
  if (request.method === 'GET' && path === '/v1/models') return sendJson(response, 200, { data: [], models: [] });
  models.unknown.push(`${request.method} ${path}`);
  sendJson(response, 404, { error: { message: `no such path: ${path}` } });
}

interface Exchange {
  path: string;
  body: Json;
  request: IncomingMessage;
  response: ServerResponse;
  models: Models;
}

async function answerAsModel(provider: Provider, { path, body, request, response, models }: Exchange): Promise<void> {
  const conversation = provider.read(body, path);
  const stream = body.stream === true || path.includes(':stream');
  const isSideQuestion =
    provider === gemini && !stream && Object.hasOwn(object(body.generationConfig), 'responseMimeType');
  if (isSideQuestion) {
    return provider.write(response, { kind: 'say', text: sideAnswer }, { conversation, stream, id: 0 });
  }
  const headers = publicHeaders(request);
  const entry: ModelRequest = {
    ...conversation,
    at: Date.now(),
    provider: provider.name,
    path,
    headers,
    body,
    aborted: false,
  };
  const id = models.requests.push(entry);
  const gone = new AbortController();
  response.on('close', () => {
    entry.aborted = !response.writableFinished;
    gone.abort();
  });
  const authorised = provider.authorised(request.headers, path);
  const { unfinished } = conversation;
  const { sleepMs, reply } = unfinished
    ? { sleepMs: 0, reply: unfinished }
    : nextReply(conversation.prompt, conversation.results, Date.now());
  if (authorised && sleepMs > 0) {
    // A client that goes away ends the sleep; there is nobody left to answer.
    await delay(sleepMs, undefined, { signal: gone.signal }).catch(() => undefined);
    if (gone.signal.aborted) return;
  }
  entry.reply = authorised ? reply : { kind: 'unauthorised' };
  provider.write(response, entry.reply, { conversation, stream, id });
}

/** Starts the models on a free port of the loopback interface, or on `port`. */
export async function startModels(port = 0): Promise<Models> {
  const requests: ModelRequest[] = [];
  const unknown: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response, models).catch((error: unknown) => {
      // A directive that does not parse is the author's mistake: he sees it as the provider's words.
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.end();
      else sendJson(response, 400, { type: 'error', error: { type: 'invalid_request_error', message, code: 400 } });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const models: Models = { port: bound, url: `http://127.0.0.1:${bound}`, requests, unknown, close };
  return models;
}
