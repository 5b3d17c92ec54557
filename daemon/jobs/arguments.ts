import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fromJSONSchema, type ZodType } from 'zod';
import {
  type Agent,
  type Reasoning,
  reasoningLevels,
  type Thinking,
  thinkingLevels,
} from '../../shared/agents/agent.ts';
import { agents } from '../../shared/agents/index.ts';
import { QantaraError, wordsOf } from '../../shared/errors.ts';
import { safe } from '../../shared/format.ts';
import { isModelName } from '../../shared/policy.ts';
import { isWithin } from '../../shared/roots.ts';
import { agentOfTool, type Tool, toolList } from '../../shared/tools.ts';

export interface AskArguments {
  task: string;
  cwd?: string;
  continue_session?: boolean;
  session_id?: string;
  background?: boolean;
  model?: string;
  reasoning?: Reasoning;
  thinking?: Thinking;
}
export interface JobArguments {
  job_id: string;
}
export interface CheckArguments {
  job_id?: string;
  offset?: number;
}

const tools = toolList(agents.map((agent) => agent.name));
const schemas = new Map<string, ZodType>(
  tools.map((tool) => [tool.name, fromJSONSchema(tool.inputSchema as Parameters<typeof fromJSONSchema>[0])]),
);
const agentWords: Record<string, readonly string[]> = { reasoning: reasoningLevels, thinking: thinkingLevels };

interface Issue {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
  expected?: string;
  values?: unknown[];
  minimum?: unknown;
}

/** A value for an error: in quotes, not longer than is helpful, and with nothing that could change how it looks. */
const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return `${safe(text.slice(0, 100))}${text.length > 100 ? '…' : ''}`;
};

/** One problem in words that name the parameter, its value and what is allowed. */
function problem(tool: Tool, given: Record<string, unknown>, issue: Issue): string {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys?.[0] ?? '';
    const agent = agentOfTool(tool.name);
    if (agent && key in agentWords) return `${agent.title} has no ${key} setting; leave "${key}" out.`;
    return `unknown parameter ${shown(key)}. It takes: ${Object.keys(tool.inputSchema.properties).join(', ')}.`;
  }
  const name = String(issue.path[0] ?? '');
  if (!(name in given)) return `the parameter "${name}" is missing.`;
  const value = shown(given[name]);
  if (issue.values) return `"${name}" is ${value}; allowed: ${issue.values.join(', ')}.`;
  if (issue.code === 'too_small' && typeof given[name] === 'string') return `"${name}" is empty.`;
  if (issue.expected) return `"${name}" is ${value}, which is not of type ${issue.expected}.`;
  return `"${name}" is ${value}: ${issue.message}.`;
}

/** The arguments of a call, checked against the tool's schema. Throws `bad_parameter` with the first problem. */
export function checkArguments(tool: Tool, given: Record<string, unknown>): unknown {
  const parsed = (schemas.get(tool.name) as ZodType).safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as unknown as Issue;
  throw new QantaraError('bad_parameter', { tool: tool.name, problem: problem(tool, given, issue) });
}

/** What a schema cannot say about an ask: shapes that keep data from becoming a flag, and what the agent can do. */
export function checkAsk(tool: Tool, agent: Agent, ask: AskArguments): void {
  const bad = (text: string) => new QantaraError('bad_parameter', { tool: tool.name, problem: text });
  if (ask.task.trim() === '') throw bad('"task" is empty. Write the complete brief into it.');
  if (ask.task.includes('\0')) throw bad('"task" contains a NUL character.');
  if (ask.model !== undefined && !isModelName(ask.model)) {
    throw bad(`"model" is ${shown(ask.model)}, which is not a model name.`);
  }
  if (ask.session_id !== undefined && !agent.sessionId.test(ask.session_id)) {
    throw bad(`"session_id" is ${shown(ask.session_id)}, which is not a session id of ${agent.title}.`);
  }
}

/**
 * The directory of an ask, resolved; relative paths start at the caller's workspace. Throws `bad_parameter`, also for
 * the state folder and what is in it, since who may edit there
 * could change the policy, and `outside_roots`.
 */
export function checkDirectory(
  tool: string,
  cwd: string,
  { workspace, home, roots }: { workspace: string; home: string; roots?: readonly string[] },
): string {
  const path = resolve(workspace, cwd);
  const bad = (text: string) =>
    new QantaraError('bad_parameter', { tool, problem: `the directory ${shown(path)} ${text}.` });
  if (path.includes('\0')) throw bad('contains a NUL character');
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    const gone = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw bad(gone ? 'does not exist; pass an existing one as "cwd"' : `cannot be used: ${wordsOf(error)}`);
  }
  if (!statSync(real).isDirectory()) throw bad('is not a directory');
  if (isWithin(real, home)) throw bad('is the state folder of qantara; pass another one');
  if (roots && !roots.some((root) => isWithin(real, root))) {
    throw new QantaraError('outside_roots', { cwd: safe(real), roots: roots.join(', ') || 'none' });
  }
  return real;
}
