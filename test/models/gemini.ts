import type { Reply } from './directives.ts';
import {
  type Conversation,
  type Json,
  list,
  object,
  type Provider,
  sendJson,
  text,
  toolNamed,
  turns,
  type Written,
} from './provider.ts';

const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: 3, cachedContentTokenCount: 4, totalTokenCount: 12 };

/** A block that Gemini CLI sends in the user's name before his words (seen with gemini 0.61). */
const isContext = (words: string): boolean => words.trimStart().startsWith('<session_context>');

function read(body: Json, path: string): Conversation {
  const conversation = turns();
  for (const message of list(body.contents).filter((one) => one.role === 'user')) {
    const parts = list(message.parts);
    const results = parts.map((part) => object(part.functionResponse)).filter((result) => result.name);
    for (const { response } of results) {
      const { output } = object(response);
      conversation.result(typeof output === 'string' ? output : JSON.stringify(response));
    }
    const words = parts.map((part) => text(part.text)).filter((part) => part && !isContext(part));
    if (results.length === 0 && words.length > 0) conversation.user(words.join('\n'));
  }
  return {
    model: /\/models\/([^:]+):/.exec(path)?.[1] ?? '',
    ...conversation.read(),
    tools: list(body.tools).flatMap((tool) => list(tool.functionDeclarations).map((one) => text(one.name))),
    reasoning: object(object(body.generationConfig).thinkingConfig),
  };
}

/** The refusal of a key whose requests for the day are used up; Gemini CLI does not retry a quota of a day. */
function quotaBody(resetsAt: number): Json {
  const retryDelay = `${Math.max(1, Math.ceil((resetsAt - Date.now()) / 1000))}s`;
  const quotaId = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';
  const quotaMetric = 'generativelanguage.googleapis.com/generate_content_free_tier_requests';
  return {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: `You exceeded your current quota, please check your plan and billing details. Please retry in ${retryDelay}.`,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [{ quotaMetric, quotaId, quotaValue: '50' }],
      },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
    ],
  };
}

function refuse(response: Parameters<Provider['write']>[0], reply: Reply | { kind: 'unauthorised' }): boolean {
  if (reply.kind === 'unauthorised') {
    const message =
      'Method doesn’t allow unregistered callers. Please use API Key or other form of API consumer identity.';
    sendJson(response, 403, { error: { code: 403, message, status: 'PERMISSION_DENIED' } });
  } else if (reply.kind === 'fail') {
    const message = `scripted failure ${reply.status}`;
    sendJson(response, reply.status, { error: { code: reply.status, message, status: 'FAILED_PRECONDITION' } });
  } else if (reply.kind === 'limit') {
    sendJson(response, 429, { error: quotaBody(reply.resetsAt) });
  } else return false;
  return true;
}

function write(response: Parameters<Provider['write']>[0], reply: Reply | { kind: 'unauthorised' }, request: Written) {
  if (refuse(response, reply)) return;
  const { conversation, stream } = request;
  const part =
    reply.kind === 'call'
      ? { functionCall: { name: toolNamed(reply.tool, conversation.tools), args: reply.args } }
      : { text: reply.kind === 'say' ? reply.text : '' };
  const candidate = { content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 };
  const body = { candidates: [candidate], usageMetadata, modelVersion: conversation.model };
  if (!stream) return sendJson(response, 200, body);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`data: ${JSON.stringify(body)}\r\n\r\n`);
}

/** Gemini: `POST /v1beta/models/MODEL:streamGenerateContent` as events, `:generateContent` as one JSON object. */
export const gemini: Provider = {
  name: 'gemini',
  handles: (path) => /:(stream)?[gG]enerateContent$/.test(path),
  authorised: (headers) => Boolean(headers['x-goog-api-key'] || headers.authorization),
  read,
  write,
};

/**
 * The answer to Gemini CLI's own questions (which model, who speaks next), which it asks without streaming and with
 * a schema; one object satisfies all of them (seen with gemini 0.61).
 */
export const sideAnswer = JSON.stringify({
  reasoning: 'scripted',
  complexity_reasoning: 'scripted',
  complexity_score: 10,
  model_choice: 'pro',
  next_speaker: 'user',
});
