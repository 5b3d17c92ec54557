import { agentNamed, agents } from '../../shared/agents/index.ts';
import { QantaraError } from '../../shared/errors.ts';
import { askPrefix, toolList } from '../../shared/tools.ts';
import { type JobRow, maxLineBytes, PROTOCOL, type TerminalAsk } from '../../shared/wire.ts';
import { callersOn } from '../caller.ts';
import { believed } from '../door/tcp.ts';
import { type AskArguments, checkArguments } from '../jobs/arguments.ts';
import { askJob } from '../jobs/ask.ts';
import { terminalHost } from '../terminal.ts';
import { rowOf } from './jobs/row.ts';
import type { AddRoute } from './served.ts';

const body = {
  type: 'object',
  properties: {
    key: { type: 'string', minLength: 8, maxLength: 64 },
    agent: { type: 'string' },
    arguments: { type: 'object' },
    timeLimitMs: { type: 'integer', minimum: 1 },
    caller: {
      type: 'object',
      properties: {
        pid: { type: 'integer', minimum: 1 },
        cwd: { type: 'string' },
        environment: { type: 'object', additionalProperties: { type: 'string' } },
      },
      required: ['pid', 'cwd', 'environment'],
      additionalProperties: false,
    },
  },
  required: ['key', 'agent', 'arguments', 'caller'],
  additionalProperties: false,
};
const tools = toolList(agents.map(({ name }) => name));

/**
 * `POST /asks`: an ask of a person, or of a delegate that has a shell and no MCP; who it is part of is found out as it
 * is for a shim. It takes the way that the ask tools take, and answers with the job as soon as there is one.
 */
export const addAsks: AddRoute = (app, { jobs, layers, version }) => {
  app.post<{ Body: TerminalAsk }>(
    '/asks',
    // The longest task that MCP takes, and an environment.
    { schema: { body }, bodyLimit: 2 * maxLineBytes },
    async (request): Promise<JobRow> => {
      const { key, agent, arguments: given, timeLimitMs, caller } = request.body;
      const tool = tools.find(({ name }) => name === askPrefix + agent);
      if (!tool || !agentNamed(agent)) {
        throw new QantaraError('unknown_agent', { agent, agents: agents.map(({ name }) => name).join(', ') });
      }
      const said = { ...caller, protocol: PROTOCOL, version, shimId: key, host: terminalHost };
      const hello = believed(said, request.raw.socket);
      const who = callersOn(hello, layers, jobs.store)({ meta: {} });
      const asked = {
        tool,
        given: checkArguments(tool, given) as AskArguments,
        key: `${terminalHost}:${key}`,
        timeLimitMs,
      };
      return rowOf(await askJob(jobs, who, asked));
    },
  );
};
