import { createHash } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { type Implementation, Server, type ServerContext } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { agents } from '../../shared/agents/index.ts';
import { QantaraError, wordsOf } from '../../shared/errors.ts';
import { instructions, serverInfo, toolList } from '../../shared/tools.ts';
import type { Hello } from '../../shared/wire.ts';
import { budgetWarnings } from '../budget/warn.ts';
import { type Caller, callersOn, owned, type PolicyLayers } from '../caller.ts';
import type { ConfigInForce } from '../config/in-force.ts';
import { callsAtOnce } from '../door/limits.ts';
import { failpoint } from '../failpoint.ts';
import { type AskArguments, type CheckArguments, checkArguments, type JobArguments } from '../jobs/arguments.ts';
import type { Jobs } from '../jobs/context.ts';
import { storeFailure } from '../store/failure.ts';
import { ask } from './ask.ts';
import { type Call, failureOf } from './call.ts';
import { cancelJob, checkJob, waitJob } from './job-tools.ts';
import type { Report } from './progress.ts';
import { noticeOf, type Reply } from './render.ts';

export interface Connections {
  jobs: Jobs;
  layers: PolicyLayers;
  config: ConfigInForce;
  version: string;
}

const allTools = toolList(agents.map((agent) => agent.name));

/** The two directions of a connection. `messages` gives whole lines. */
export interface Streams {
  messages: Readable;
  answers: Writable;
}

/** Serves MCP, in whichever revision the host speaks, to the shim that said `hello`. */
export function serveConnection(connections: Connections, hello: Hello, { messages, answers }: Streams): void {
  const { jobs, layers, config, version } = connections;
  const callerOf = callersOn(hello, layers, jobs.store);
  let calls = 0;
  const makeServer = () => {
    const server = new Server(
      { ...serverInfo, version },
      { capabilities: { tools: {} }, instructions: instructions(agents.map((agent) => agent.name)) },
    );
    server.setRequestHandler('tools/list', () => ({ tools: allTools }));
    server.setRequestHandler('tools/call', (request, context) => {
      const { name, arguments: given = {} } = request.params;
      if (calls >= callsAtOnce) return failureOf(new QantaraError('too_many_calls', { limit: callsAtOnce }));
      calls++;
      const peer = { callerOf, shimId: hello.shimId, client: server.getClientVersion(), config };
      return callTool(jobs, peer, name, given, context).finally(() => calls--);
    });
    return server;
  };
  serveStdio(makeServer, {
    transport: new StdioServerTransport(messages, answers, { maxBufferSize: Number.POSITIVE_INFINITY }),
    onerror: (error) => jobs.log.debug({ host: hello.host, error: wordsOf(error) }, 'mcp connection'),
  });
}

/** The other end of a connection. */
interface Peer {
  callerOf: ReturnType<typeof callersOn>;
  shimId: string;
  client: Implementation | undefined;
  config: ConfigInForce;
}

async function callTool(
  jobs: Jobs,
  { callerOf, shimId, client, config }: Peer,
  name: string,
  given: Record<string, unknown>,
  { mcpReq }: ServerContext,
): Promise<Reply> {
  const meta = mcpReq._meta ?? {};
  const envelope = mcpReq.envelope as Record<string, { name?: string } | undefined> | undefined;
  const clientName = client?.name ?? envelope?.['io.modelcontextprotocol/clientInfo']?.name;
  const token = meta.progressToken;
  const report: Report = (progress, message) => {
    if (token === undefined) return;
    const params = { progressToken: token, progress, message };
    // The connection may just have gone; the call's own end says so.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
  };
  return await orFailure(jobs, name, async () => {
    await jobs.recovering;
    const caller = callerOf({ clientName, meta });
    const key = `${shimId}:${JSON.stringify(mcpReq.id)}:${digest([name, given])}`;
    const result = await orFailure(jobs, name, () =>
      run({ jobs, caller, given, key, signal: mcpReq.signal, report }, name),
    );
    if (!caller.parent) jobs.notices.push(...config.news());
    const whole = withNotices(jobs, caller, result);
    failpoint('result-made');
    return whole;
  });
}

/** A host may use an id again once it was answered; a call that is sent again is the same to the letter. */
const digest = (call: unknown): string => createHash('sha256').update(JSON.stringify(call)).digest('base64url');

/** What `work` returns, or its failure as a result. Only what nobody foresaw is logged. */
async function orFailure(jobs: Jobs, tool: string, work: () => Reply | Promise<Reply>): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof QantaraError) return failureOf(error);
    const failed = storeFailure(error, jobs.paths.database);
    if (failed) {
      jobs.log.error({ tool, error: wordsOf(error) }, 'call refused');
      return failureOf(failed);
    }
    jobs.log.error({ tool, err: error }, 'call failed');
    return failureOf(new QantaraError('internal', { message: wordsOf(error), log: jobs.paths.log }));
  }
}

function run(call: Call<Record<string, unknown>>, name: string): Reply | Promise<Reply> {
  const tool = allTools.find((one) => one.name === name);
  if (!tool) throw new QantaraError('unknown_tool', { tool: name, tools: allTools.map((one) => one.name).join(', ') });
  const given = checkArguments(tool, call.given);
  if (name === 'wait_job') return waitJob({ ...call, given: given as JobArguments });
  if (name === 'check_job') return checkJob({ ...call, given: given as CheckArguments });
  if (name === 'cancel_job') return cancelJob({ ...call, given: given as JobArguments });
  return ask({ ...call, given: given as AskArguments }, tool);
}

const mostNotices = 5;

/**
 * Adds a notice for the first finished background jobs of the caller that nobody has read, what was not told yet, and a
 * warning where a budget is nearly used up.
 */
function withNotices(jobs: Jobs, caller: Caller, result: Reply): Reply {
  const unread = [...owned(caller, jobs.store.jobs.unread(caller.scope)).take(mostNotices + 1)];
  const notices = unread.slice(0, mostNotices).map((job) => noticeOf(job, Date.now()));
  if (unread.length > mostNotices) {
    notices.push('[qantara] notice: more are unread — call check_job without job_id for the list.');
  }
  if (!caller.parent) notices.push(...jobs.notices.splice(0).map((text) => `[qantara] notice: ${text}`));
  notices.push(...budgetWarnings(jobs, caller).map((text) => `[qantara] notice: ${text}`));
  if (notices.length === 0) return result;
  return { ...result, content: [...result.content, { type: 'text', text: notices.join('\n') }] };
}
