import type { AgentEvent } from '../events.ts';
import { type Agent, type Exit, type Failure, type Run, uuid } from './agent.ts';
import { type Loose, lastWords, number, object, objectOf, sentence, text } from './json.ts';

/**
 * `gemini` without `--prompt` and with a file as stdin runs headless and takes all of stdin as the prompt (0.61).
 * `--skip-trust`: in a folder that nobody trusted yet it would end with exit code 55. `--resume` knows the sessions
 * of the working directory only. `--option=value` takes any text as a value, here and on a resumed session.
 */
const args = (run: Run): string[] => [
  '--output-format=stream-json',
  '--skip-trust',
  `--approval-mode=${run.mode}`,
  ...(run.wall ? [`--admin-policy=${run.wall}`] : []),
  ...(run.model ? [`--model=${run.model}`] : []),
  ...(run.sessionId ? [`--resume=${run.sessionId}`] : []),
];

/** Tools that run commands, and those that write. */
const running = ['run_shell_command', 'activate_skill', 'discovered_tool_*'];
const writing = ['write_file', 'replace', 'save_memory'];

/**
 * A policy of the highest tier, which the owner's own in `~/.gemini/policies` cannot overrule (0.61); those would allow
 * a shell also in `plan`. Denied tools are not offered to the model. Where the machine's administrator has policies of
 * his own, the CLI takes those instead.
 */
const wall = ({ mode }: Run): string =>
  `[[rule]]
toolName = ${JSON.stringify(mode === 'auto_edit' ? running : [...running, ...writing])}
decision = "deny"
priority = 999
`;

/**
 * In a folder that the owner trusts, hooks, MCP servers and the discovery command of a `.gemini/` there run, in every
 * mode (0.61); in one that only `--skip-trust` lets in they do not. So a held run has a list of trusted folders of its
 * own, which is not there. An owner who has turned folder trust off has turned this off as well.
 */
const environment = ({ wall }: Run): Record<string, string> =>
  wall ? { GEMINI_CLI_TRUSTED_FOLDERS_PATH: `${wall}.none` } : {};

/** The words of an error without the CLI's frame: `[API Error: {"error":{…}}]` and advice on further lines. */
const plain = (words: string): string =>
  sentence(words)
    .replace(/^\[API Error: (.*?)\](\n.*)?$/s, '$1')
    .trim();

function classify(words: string): Failure {
  const message = plain(words);
  if (/quota|resource.exhausted|exhausted your capacity|rate limit|\b429\b/i.test(words)) {
    const wait = /(?:reset after|retry after|retry in) ([\d.]+[a-z][\w.]*?)\.?(?:\s|$)/i.exec(message)?.[1];
    return { code: 'usage_limit', message, retryAt: wait && `in ${wait}` };
  }
  const login = /api key not valid|api_key_invalid|unauthenticated|auth method|GEMINI_API_KEY|\blog ?in\b|\b401\b/i;
  return { code: login.test(words) ? 'not_logged_in' : 'agent_failed', message };
}

/** The tool's name: `tool_id` begins with it when the model gives its calls no ids, else it is not told. */
const toolOf = (id: unknown): string => /^([a-z]\w*?)__/i.exec(text(id) ?? '')?.[1] ?? 'tool';

/** A command that fails is a success too (0.61): its exit code is not told. */
function toolResult(entry: Loose): AgentEvent {
  const id = text(entry.tool_id);
  return { type: 'tool', phase: 'finished', name: toolOf(id), ok: entry.status === 'success', id };
}

function toolUse(entry: Loose): AgentEvent {
  const name = text(entry.tool_name) ?? 'tool';
  const parameters = object(entry.parameters);
  const command = name === 'run_shell_command' ? text(parameters.command) : undefined;
  const id = text(entry.tool_id);
  if (command) return { type: 'command', phase: 'started', command, id };
  const path = text(parameters.file_path);
  // The result does not say which file was written, nor whether it was there before.
  const file = path && writing.includes(name) ? { path, change: 'changed' as const } : undefined;
  return { type: 'tool', phase: 'started', name: [name, path].filter(Boolean).join(' '), id, file };
}

/** Cached tokens are part of the input tokens. No cost. A resumed run reports itself alone. */
const usage = (stats: Loose): AgentEvent => ({
  type: 'usage',
  scope: 'run',
  inputTokens: number(stats.input_tokens),
  outputTokens: number(stats.output_tokens),
  cachedTokens: number(stats.cached),
});

function result(entry: Loose): AgentEvent[] {
  const totals = usage(object(entry.stats));
  if (entry.status === 'success') return [totals, { type: 'result', ok: true }];
  const words = text(object(entry.error).message) ?? 'it gave no reason';
  return [totals, { type: 'error', ...classify(words) }, { type: 'result', ok: false }];
}

/** Whether the CLI gives up here. A loop and the limit of turns are followed by a result of "success" (0.61). */
const stops = (entry: Loose): boolean =>
  entry.severity === 'error' || /^(Loop detected|Agent execution blocked)/.test(text(entry.message) ?? '');

function entryEvents(entry: Loose): AgentEvent[] | undefined {
  switch (entry.type) {
    case 'init': {
      const id = text(entry.session_id);
      return id ? [{ type: 'session', id, model: text(entry.model) }] : undefined;
    }
    case 'message': {
      if (entry.role !== 'assistant') return [];
      const words = text(entry.content) ?? '';
      return [{ type: 'message', text: words, ...(entry.delta === true ? { delta: true } : {}) }];
    }
    case 'tool_use':
      return [toolUse(entry)];
    case 'tool_result':
      return [toolResult(entry)];
    case 'error': {
      const words = text(entry.message) ?? 'error';
      return [stops(entry) ? { type: 'error', ...classify(words) } : { type: 'warning', message: plain(words) }];
    }
    case 'result':
      return result(entry);
    default:
      return undefined;
  }
}

function parse(line: string): AgentEvent[] {
  const entry = objectOf(line);
  if (!entry) return line.trim() ? [{ type: 'raw', line }] : [];
  return entryEvents(entry) ?? [{ type: 'raw', line }];
}

const noise = new RegExp(
  [
    '^Warning: ',
    '^YOLO mode',
    '^Ripgrep is not',
    '^\\[STARTUP\\]',
    '^Approval mode overridden',
    '^\\(node:',
    '^at ',
    '^[}{\\]]',
  ].join('|'),
);

/** Exit codes of gemini 0.61 with a meaning; others are an HTTP status modulo 256 (400 becomes 144) or a signal. */
const meanings: Record<number, string> = {
  44: 'its sandbox failed',
  52: 'its configuration is wrong',
  53: 'it reached the limit of turns',
  54: 'a tool failed',
  55: 'it does not trust this folder',
};

function explain(exit: Exit, summary: { error?: unknown }): Failure | undefined {
  if (summary.error) return undefined;
  const words = lastWords(exit.stderr, noise);
  if (exit.code === 41) return { code: 'not_logged_in', message: words ?? 'no authentication is set up' };
  if (exit.code === 42 && /session identifier|resuming session/i.test(exit.stderr))
    return { code: 'unknown_session', message: words ?? 'not found' };
  const meaning = meanings[exit.code ?? 0];
  if (meaning) return { code: 'agent_failed', message: [meaning, words].filter(Boolean).join(': ') };
  // A signal to the process group ends it with 0 and without a word: no result, and no reason either.
  return words && exit.code !== 0 ? classify(words) : undefined;
}

export const gemini: Agent = {
  name: 'gemini',
  title: 'Gemini CLI',
  binary: 'gemini',
  install: 'npm install --global @google/gemini-cli',
  login: 'gemini',
  strengths: 'Good for reading large amounts of code or text at once and for research on the web.',
  tested: ['0.61.0'],
  // Seen with 0.61 headless: what would need a question is missing from the model's tools. `default` and `plan` can
  // only read (and write plans of their own), `auto_edit` writes files but has no shell, `yolo` has everything.
  modes: [
    { name: 'plan', access: 'read', holds: 'rule' },
    { name: 'default', access: 'read', holds: 'rule' },
    { name: 'auto_edit', access: 'edit', holds: 'rule' },
    { name: 'yolo', access: 'full', holds: 'nothing' },
  ],
  settings: { mode: { name: 'gemini_approval', fallback: 'auto_edit' }, model: 'gemini_model' },
  supports: { reasoning: [], thinking: [] },
  // The CLI would take `latest` or a number for another conversation.
  sessionId: uuid,
  args,
  wall,
  resume: (sessionId) => ['--resume', sessionId],
  environment,
  parse,
  explain,
  host: {
    clientNames: ['gemini-cli-mcp-client'],
    sessionVariables: ['GEMINI_CLI', 'GEMINI_CLI_NO_RELAUNCH', 'GEMINI_CLI_SESSION_ID', 'GEMINI_CLI_IDE_*'],
    toolTimeoutMs: 600_000,
    session: () => undefined,
    workspace: () => undefined,
    // Neither its approval mode nor its sandbox is told to a server (0.61).
    sandbox: () => undefined,
  },
};
