import type { Agent } from './agents/agent.ts';
import { agents } from './agents/index.ts';

/**
 * What a host sees of qantara: instructions and tools, as plain data.
 *
 * The shim lists them without a daemon and the daemon validates calls against the same schemas, so the two cannot
 * differ. Hosts cut instructions and each description at 2,048 characters (Claude Code 2.1), and Gemini CLI 0.61
 * tells its model to ignore advice inside results, so advice on what to do next stands here.
 */
export interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: {
    type: 'object';
    properties: Record<string, Record<string, string | number | string[]>>;
    required: string[];
    additionalProperties: false;
  };
  annotations: { title: string; readOnlyHint: boolean; destructiveHint: boolean; openWorldHint: boolean };
  _meta: typeof shown;
}

/** Claude Code 2.1.330 else shows its model only the names of tools, and it has to look for them before it can ask. */
const shown = { 'anthropic/alwaysLoad': true };

export const serverInfo = { name: 'qantara', title: 'qantara' };

export const askPrefix = 'ask_';

/** The agent behind `ask_<name>`, among all agents; undefined for other tools. */
export const agentOfTool = (tool: string): Agent | undefined =>
  tool.startsWith(askPrefix) ? agents.find((agent) => agent.name === tool.slice(askPrefix.length)) : undefined;

/** What the host shows its model about the server as a whole. */
export function instructions(exposed: readonly string[]): string {
  const named = agents.filter((agent) => exposed.includes(agent.name)).map((agent) => agent.title);
  return [
    // Codex 0.169 shows its model this first line alone, and the tools only when it looks for them.
    `Delegates tasks to other coding agents on this machine (${named.join(', ') || 'none is offered to this host'}) with ask_<agent>: for a second opinion, for work in parallel, or when the person names one of them; long work with background: true, then wait_job.`,
    'The delegate has its own login, tools and context and sees nothing of this conversation: put the goal, the relevant paths, what is known, and what to return into `task`. It works on the real files in `cwd` (default: this workspace).',
    'Small tasks: call ask_<agent> and use the answer. If an answer names a job id because the time limit came first, the job is still running: call wait_job with that id, do not ask again.',
    'To follow up, pass continue_session: true, or the session id from the footer of an answer. If the delegate answers with questions, answer them that way.',
    'Jobs survive restarts. When an answer carries a notice about an unread job, call check_job with its id.',
    'An error says what to do; tell the person when it needs them (login, installation, limits).',
  ].join('\n');
}

const text = (description: string) => ({ type: 'string', description });
const jobIdParameter = (description: string) => ({ type: 'string', minLength: 1, description });

function askTool(agent: Agent): Tool {
  const { reasoning, thinking } = agent.supports;
  return {
    name: askPrefix + agent.name,
    title: `Ask ${agent.title}`,
    description: [
      `Delegate a task to ${agent.title}, which runs on this machine as its own agent with its own tools. ${agent.strengths}`,
      'It knows nothing of this conversation: write a complete brief. It may read and change files in cwd as far as the owner permits.',
      'Returns its final answer and a footer with job id and session id. If it is not done within the time limit, returns a job id for wait_job instead; the job goes on.',
    ].join('\n'),
    inputSchema: {
      type: 'object',
      properties: {
        task: {
          type: 'string',
          minLength: 1,
          description: 'The complete brief; the delegate sees nothing else of the conversation.',
        },
        cwd: text(
          'Absolute path of the directory to work in. Default: this workspace, or that of the resumed session.',
        ),
        continue_session: {
          type: 'boolean',
          description: `Resume your last session with ${agent.title} in this workspace, so that it remembers what was said.`,
        },
        session_id: text('Resume exactly this session (from the footer of an answer). Wins over continue_session.'),
        background: {
          type: 'boolean',
          description: 'Return a job id at once and let it run; collect it with wait_job or check_job.',
        },
        model: text('Use this model instead of the default.'),
        // What a CLI cannot do is not offered; who passes it all the same is told so (daemon/jobs/arguments.ts).
        ...(reasoning.length && {
          reasoning: { type: 'string', enum: [...reasoning], description: 'Reasoning effort.' },
        }),
        ...(thinking.length && {
          thinking: { type: 'string', enum: [...thinking], description: 'Extended thinking.' },
        }),
      },
      required: ['task'],
      additionalProperties: false,
    },
    annotations: { title: `Ask ${agent.title}`, readOnlyHint: false, destructiveHint: true, openWorldHint: true },
    _meta: shown,
  };
}

const jobTools: readonly Tool[] = [
  {
    name: 'wait_job',
    title: 'Wait for a job',
    description:
      'Wait until a delegated job ends and return its whole result. If it is still running when the wait limit comes, it says so: call wait_job again. Costs nothing; prefer it to repeated check_job.',
    inputSchema: {
      type: 'object',
      properties: { job_id: jobIdParameter('The job id, such as "codex-42".') },
      required: ['job_id'],
      additionalProperties: false,
    },
    annotations: { title: 'Wait for a job', readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    _meta: shown,
  },
  {
    name: 'check_job',
    title: 'Check jobs',
    description:
      'The state of a delegated job now, without waiting: what it is doing, or its result when it is finished. Without job_id: the list of your jobs. With offset: the part of a long result from that byte on.',
    inputSchema: {
      type: 'object',
      properties: {
        job_id: jobIdParameter('The job id, such as "codex-42". Leave it out to list your jobs.'),
        offset: {
          type: 'integer',
          minimum: 0,
          description: 'Byte from which to read a result that was too long for one answer.',
        },
      },
      required: [],
      additionalProperties: false,
    },
    annotations: { title: 'Check jobs', readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    _meta: shown,
  },
  {
    name: 'cancel_job',
    title: 'Cancel a job',
    description: 'Stop a running or queued job together with everything it started. What it has changed on disk stays.',
    inputSchema: {
      type: 'object',
      properties: { job_id: jobIdParameter('The job id, such as "codex-42".') },
      required: ['job_id'],
      additionalProperties: false,
    },
    annotations: { title: 'Cancel a job', readOnlyHint: false, destructiveHint: true, openWorldHint: false },
    _meta: shown,
  },
];

/** The tools of a host that is offered `exposed`, always in the same order. */
export const toolList = (exposed: readonly string[]): Tool[] => [
  ...agents.filter((agent) => exposed.includes(agent.name)).map(askTool),
  ...jobTools,
];
