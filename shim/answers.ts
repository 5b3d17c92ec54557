import { instructions, serverInfo, toolList } from '../shared/tools.ts';
import { version } from '../shared/version.ts';
import { type Message, metaOf, type Request } from './messages.ts';

/**
 * What the shim answers by itself, in the words of the revision that the request speaks. The shapes of 2026-07-28
 * are those of `@modelcontextprotocol/server` 2.4 (compared in `test/unit/shim/answers.test.ts`).
 */
const legacyVersions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07'];
const modernVersions = ['2026-07-28'];

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const capabilitiesKey = 'io.modelcontextprotocol/clientCapabilities';

/** Codex adds the caller's working directory and sandbox to every call of a server that declares this. */
const capabilities = { tools: {}, experimental: { 'codex/sandbox-state-meta': {} } };
const identity = { ...serverInfo, version };

/** What belongs to the owner's settings and is fixed for the life of a shim. */
export interface Catalogue {
  exposed: readonly string[];
  /** Why nothing can run until the owner acts; the whole sentence. */
  fault?: string;
}

/** Whether a request names its revision itself, as every request since 2026-07-28 does. */
export const isModern = (message: Message): boolean => versionKey in metaOf(message);

/** A reply with a result, completed as the request's era wants it. `cacheable`: lists and discovery. */
export function reply(request: Request, result: object, cacheable = false): Message {
  const { id } = request;
  if (!isModern(request)) return { jsonrpc: '2.0', id, result };
  // Nothing may be cached: what is offered can change with the registration, and asking again costs nothing here.
  const cache = cacheable ? { ttlMs: 0, cacheScope: 'private' } : {};
  const meta = { 'io.modelcontextprotocol/serverInfo': identity };
  return { jsonrpc: '2.0', id, result: { ...result, resultType: 'complete', ...cache, _meta: meta } };
}

export const refuse = (id: Request['id'], code: number, message: string, data?: object): Message => ({
  jsonrpc: '2.0',
  id,
  error: { code, message, ...(data && { data }) },
});

/** A failure in words: for a tool call a result that the model reads, since hosts garble JSON-RPC errors. */
export const failure = (request: Request, words: string): Message =>
  request.method === 'tools/call'
    ? reply(request, { content: [{ type: 'text', text: words }], isError: true })
    : refuse(request.id, -32603, words);

/** What is wrong with the revision that a request claims to speak; undefined when all is well. */
function envelopeFault(request: Request): Message | undefined {
  if (!isModern(request)) return undefined;
  const meta = metaOf(request);
  const claimed = meta[versionKey];
  if (typeof claimed !== 'string' || typeof meta[capabilitiesKey] !== 'object' || meta[capabilitiesKey] === null) {
    const key = typeof claimed === 'string' ? capabilitiesKey : versionKey;
    const problem = key in meta ? 'invalid' : 'missing';
    return refuse(request.id, -32602, `Invalid _meta envelope: ${key}: ${problem}`, { envelope: { key, problem } });
  }
  if (modernVersions.includes(claimed)) return undefined;
  return refuse(request.id, -32022, `Unsupported protocol version: ${claimed}`, {
    supported: modernVersions,
    requested: claimed,
  });
}

const guide = ({ exposed, fault }: Catalogue): string =>
  fault ? `${fault}\n${instructions(exposed)}` : instructions(exposed);

function initialize(request: Request, catalogue: Catalogue): Message {
  const asked = request.params?.protocolVersion;
  const protocolVersion = legacyVersions.find((one) => one === asked) ?? legacyVersions[0];
  const result = { protocolVersion, capabilities, serverInfo: identity, instructions: guide(catalogue) };
  return { jsonrpc: '2.0', id: request.id, result };
}

const discover = (request: Request, catalogue: Catalogue): Message =>
  reply(request, { supportedVersions: modernVersions, capabilities, instructions: guide(catalogue) }, true);

/** Neither we nor the daemon have these; Claude Code and Gemini CLI may ask for them all the same. */
const absent = /^(prompts|resources|completion|logging|subscriptions)\//;

/**
 * The answer to a request that needs no daemon, or undefined when the daemon must be asked.
 * `subscriptions/listen` is refused: the tools of a shim never change, so there is nothing to listen for.
 */
export function answer(request: Request, catalogue: Catalogue): Message | undefined {
  const { method } = request;
  if (method === 'initialize') return initialize(request, catalogue);
  const wrong = envelopeFault(request);
  if (wrong) return wrong;
  const modern = isModern(request);
  // Discovery came with the modern era and ping went; a client that asks in the wrong era learns that it must fall back.
  if (method === 'server/discover' && modern) return discover(request, catalogue);
  if (method === 'ping' && !modern) return reply(request, {});
  if (method === 'tools/list') return reply(request, { tools: toolList(catalogue.exposed) }, true);
  if (method === 'tools/call') return catalogue.fault ? failure(request, catalogue.fault) : undefined;
  if (method === 'server/discover' || method === 'ping' || absent.test(method) || catalogue.fault) {
    return refuse(request.id, -32601, 'Method not found');
  }
  return undefined;
}
