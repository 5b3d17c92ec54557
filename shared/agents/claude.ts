import type { AgentEvent } from '../events.ts';
import { type Agent, type Exit, type Failure, type Run, type Thinking, uuid } from './agent.ts';
import { type Loose, lastWords, list, number, object, objectOf, text } from './json.ts';

/**
 * What `thinking` becomes, as seen in the requests of claude 2.1.197 and 2.1.330.
 *
 * Models up to 4.5 honour MAX_THINKING_TOKENS as their budget, ignore `--effort`, and think with 31,999 tokens when
 * nothing is said. Newer ones think adaptively: a budget means nothing to them and the effort says how deep, `xhigh`
 * becoming `high` where the model has no more. 0 turns thinking off up to Opus 4.8 and Sonnet 5; the 5.5 models
 * cannot turn it off, so `off` asks them for the lowest effort. An explicit `reasoning` wins over these efforts.
 */
const depths: Record<Thinking, { tokens: number; effort: string }> = {
  off: { tokens: 0, effort: 'low' },
  think: { tokens: 4_000, effort: 'medium' },
  think_hard: { tokens: 10_000, effort: 'high' },
  ultrathink: { tokens: 31_999, effort: 'xhigh' },
};

/** US dollars; 0 is refused. */
const leastBudget = 0.000001;

const effortOf = (run: Run): string | undefined => run.reasoning ?? (run.thinking && depths[run.thinking].effort);

/** Built-in tools that neither write nor run anything. MCP tools are not touched by `--tools`. */
const reading = ['Read', 'Grep', 'Glob', 'WebFetch', 'WebSearch', 'ToolSearch', 'TodoWrite'];
const editing = [...reading, 'Edit', 'Write', 'NotebookEdit'];

/**
 * What holds a mode against the owner's `permissions.allow`, which would let it run commands also in `plan`, and
 * against hooks and rules of the repository, which the caller may have written (2.1.197, 2.1.330). The project's
 * CLAUDE.md is not read then either.
 */
const walls = ({ mode }: Run): string[] => [
  `--tools=${(mode === 'acceptEdits' ? editing : reading).join(',')}`,
  '--setting-sources=user',
];

/**
 * `claude --print` reads the prompt from stdin when none is an argument (2.1.197, 2.1.330), and `stream-json` needs
 * `--verbose`. All options hold for a resumed session; `--option=value` takes any text as a value. `manual` is what
 * 2.1.330 calls `default`; 2.1.197 refuses the new name and both take the old one.
 */
function args(run: Run): string[] {
  const effort = effortOf(run);
  return [
    '--print',
    '--output-format=stream-json',
    '--verbose',
    `--permission-mode=${run.mode === 'manual' ? 'default' : run.mode}`,
    // Otherwise 2.1.330 lets a classifier approve commands in plan mode, which may then write.
    ...(run.mode === 'plan' ? ['--settings={"useAutoModeDuringPlan":false}'] : []),
    ...(run.held ? walls(run) : []),
    ...(run.model ? [`--model=${run.model}`] : []),
    ...(effort ? [`--effort=${effort}`] : []),
    ...(run.sessionId ? [`--resume=${run.sessionId}`] : []),
    // Held against this run alone, also when it resumes a session. The call that passes it is still paid for.
    ...(run.maxCostUsd ? [`--max-budget-usd=${Math.max(run.maxCostUsd, leastBudget).toFixed(6)}`] : []),
  ];
}

/** An inherited CLAUDE_CODE_EFFORT_LEVEL would win over `--effort`, so the variable is set as well. */
function environment(run: Run): Record<string, string> {
  const effort = effortOf(run);
  return {
    ...(effort ? { CLAUDE_CODE_EFFORT_LEVEL: effort } : {}),
    ...(run.thinking ? { MAX_THINKING_TOKENS: String(depths[run.thinking].tokens) } : {}),
  };
}

function classify(message: string, status?: number): Failure {
  const limit = /(hit|reached) your .*limit|usage limit|out of usage|credit balance is too low/i;
  if (status === 429 || limit.test(message))
    return { code: 'usage_limit', message, retryAt: /\bresets (?:at )?(.+?)(?: ·.*)?$/.exec(message)?.[1] };
  if (status === 401 || /not logged in|run \/login|invalid api key|failed to authenticate/i.test(message))
    return { code: 'not_logged_in', message };
  if (/no conversation found|--resume requires a valid session/i.test(message))
    return { code: 'unknown_session', message };
  if (/cannot be used with root/i.test(message)) return { code: 'permission_denied', message };
  return { code: 'agent_failed', message };
}

function blockEvents(block: Loose, subagent: boolean): AgentEvent[] {
  const words = text(block.text) ?? text(block.thinking);
  switch (block.type) {
    case 'text':
      // A subagent's words are not the answer.
      return words ? [{ type: subagent ? 'reasoning' : 'message', text: words }] : [];
    case 'thinking':
      return words ? [{ type: 'reasoning', text: words }] : [];
    case 'tool_use':
    case 'server_tool_use': {
      const command = block.name === 'Bash' ? text(object(block.input).command) : undefined;
      const id = text(block.id);
      if (command) return [{ type: 'command', phase: 'started', command, id }];
      return [{ type: 'tool', phase: 'started', name: text(block.name) ?? 'tool', id }];
    }
    default:
      return [];
  }
}

function assistant(entry: Loose): AgentEvent[] {
  const message = object(entry.message);
  const blocks = list(message.content).map(object);
  // The CLI's own words about a failed request; the result repeats them if it stays with that.
  if (text(entry.error)) return [{ type: 'warning', message: text(blocks[0]?.text) ?? String(entry.error) }];
  const subagent = typeof entry.parent_tool_use_id === 'string';
  return [...blocks.flatMap((block) => blockEvents(block, subagent)), ...callUsage(message)];
}

/**
 * Tokens of one model call. Every block of its message is a line that tells them again, as they were when the message
 * began: the output is only counted at the end of the run (2.1.197, 2.1.330). The cost comes then, too.
 */
function callUsage(message: Loose): AgentEvent[] {
  const call = text(message.id);
  const tokens = tokensOf(object(message.usage));
  return call && tokens.inputTokens !== undefined ? [{ type: 'usage', scope: 'call', call, ...tokens }] : [];
}

/** What a tool gave back. The line does not name the tool; its structured result tells the kind. */
function toolResult(entry: Loose): AgentEvent[] {
  const result = object(entry.tool_use_result);
  const path = text(result.filePath);
  return list(object(entry.message).content)
    .map(object)
    .filter((block) => block.type === 'tool_result')
    .map((block): AgentEvent => {
      const ok = block.is_error !== true;
      if (ok && path) return { type: 'file', path, change: result.type === 'create' ? 'added' : 'changed' };
      const id = text(block.tool_use_id);
      const exitCode = exitCodeOf(block, result);
      if (exitCode !== undefined) return { type: 'command', phase: 'finished', command: 'Bash', exitCode, id };
      return { type: 'tool', phase: 'finished', name: typeof result.stdout === 'string' ? 'Bash' : 'tool', ok, id };
    });
}

/**
 * The exit code of a command (2.1.330). One that failed begins its output with it; one that did not has 0, unless it
 * goes on in the background or the CLI has taken its code for no failure (`grep` that finds nothing).
 */
function exitCodeOf(block: Loose, result: Loose): number | undefined {
  if (block.is_error === true) {
    const code = /^Exit code (\d+)/.exec(text(block.content) ?? '')?.[1];
    return code === undefined ? undefined : Number(code);
  }
  const plain = typeof result.stdout === 'string' && !result.interrupted && !result.backgroundTaskId;
  return plain && !result.returnCodeInterpretation ? 0 : undefined;
}

function system(entry: Loose): AgentEvent[] {
  const id = text(entry.session_id);
  if (entry.subtype === 'init' && id) return [{ type: 'session', id, model: text(entry.model) }];
  if (entry.subtype !== 'api_retry') return [];
  const reason = [text(entry.error), number(entry.error_status)].filter(Boolean).join(' ');
  return [{ type: 'warning', message: `asking again (${entry.attempt} of ${entry.max_retries}): ${reason}` }];
}

const sum = (values: readonly unknown[]): number | undefined => {
  const told = values.map(number).filter((value) => value !== undefined);
  return told.length ? told.reduce((a, b) => a + b) : undefined;
};

/** Cached input counts as input. */
const tokensOf = (data: Loose) => ({
  inputTokens: sum([data.input_tokens, data.cache_creation_input_tokens, data.cache_read_input_tokens]),
  outputTokens: number(data.output_tokens),
  cachedTokens: number(data.cache_read_input_tokens),
});

/** Tokens by model. Those of the subagents and of a call that a budget cut off are in here, and not in `usage`. */
function modelTokens(models: readonly Loose[]) {
  const of = (...names: string[]): number | undefined =>
    sum(names.flatMap((name) => models.map((model) => model[name])));
  return {
    inputTokens: of('inputTokens', 'cacheCreationInputTokens', 'cacheReadInputTokens'),
    outputTokens: of('outputTokens'),
    cachedTokens: of('cacheReadInputTokens'),
    costUsd: of('costUSD'),
  };
}

const nothing = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, costUsd: 0 };

/**
 * Tokens and cost of this run alone. 2.1.330 may give several results in one run, and its totals hold the earlier runs
 * of a resumed session, but it also tells what came since the last result. 2.1.197 gives one result, of this run.
 */
function usage(entry: Loose): AgentEvent {
  const modelsOf = (value: unknown): Loose[] => Object.values(object(value)).map(object);
  const since = modelsOf(entry.model_usage_since_last_result);
  if (entry.model_usage_since_last_result !== undefined) {
    return { type: 'usage', scope: 'run', since: true, ...(since.length ? modelTokens(since) : nothing) };
  }
  const models = modelsOf(entry.modelUsage);
  const tokens = models.length ? modelTokens(models) : tokensOf(object(entry.usage));
  return { type: 'usage', scope: 'run', ...tokens, costUsd: number(entry.total_cost_usd) };
}

const failures: Record<string, string> = {
  error_max_turns: 'it reached the limit of turns',
};

function failureOf(entry: Loose): Failure {
  if (/^aborted/.test(text(entry.terminal_reason) ?? ''))
    return { code: 'agent_failed', message: 'it was interrupted' };
  const words = text(entry.result) ?? text(list(entry.errors).filter(text).join(' '));
  const subtype = text(entry.subtype) ?? 'error';
  // It has no budget but ours.
  if (subtype === 'error_max_budget_usd') return { code: 'budget_exceeded', message: words ?? subtype };
  return classify(words ?? failures[subtype] ?? subtype, number(entry.api_error_status));
}

/** An API error is `subtype: "success"` with `is_error: true`: the latter decides. */
function result(entry: Loose): AgentEvent[] {
  const denied = list(entry.permission_denials).map((denial) => text(object(denial).tool_name) ?? 'a tool');
  const events: AgentEvent[] = [usage(entry)];
  // The agent knew and answered all the same, so this does not decide the outcome.
  if (denied.length) events.push({ type: 'warning', message: `not permitted: ${[...new Set(denied)].join(', ')}` });
  if (entry.subtype === 'success' && entry.is_error !== true)
    return [...events, { type: 'result', ok: true, text: typeof entry.result === 'string' ? entry.result : undefined }];
  return [...events, { type: 'error', ...failureOf(entry) }, { type: 'result', ok: false }];
}

function rateLimit(info: Loose): AgentEvent[] {
  if (info.status === undefined || info.status === 'allowed') return [];
  const resets = number(info.resetsAt);
  const until = resets && resets < 1e11 ? ` until ${new Date(resets * 1000).toISOString()}` : '';
  return [{ type: 'warning', message: `usage limit ${info.rateLimitType}: ${info.status}${until}` }];
}

/** Lines that say nothing about the task. */
const chatter = ['stream_event', 'tool_progress', 'auth_status', 'control_request', 'control_response'];

function parse(line: string): AgentEvent[] {
  const entry = objectOf(line);
  if (!entry) return line.trim() ? [{ type: 'raw', line }] : [];
  if (entry.type === 'system') return system(entry);
  if (entry.type === 'assistant') return assistant(entry);
  if (entry.type === 'user') return toolResult(entry);
  if (entry.type === 'result') return result(entry);
  if (entry.type === 'rate_limit_event') return rateLimit(object(entry.rate_limit_info));
  return chatter.includes(String(entry.type)) ? [] : [{ type: 'raw', line }];
}

const noise = /^(Warning:|\[claude-code:|\(node:|at )/;

function explain(exit: Exit, summary: { error?: unknown }): Failure | undefined {
  if (summary.error) return undefined;
  const words = lastWords(exit.stderr, noise);
  return words && exit.code === 1 ? classify(words) : undefined;
}

export const claude: Agent = {
  name: 'claude',
  title: 'Claude Code',
  binary: 'claude',
  install: 'npm install --global @anthropic-ai/claude-code',
  login: 'claude auth login',
  strengths: 'Good for work across many files, planning, code review and writing.',
  tested: ['2.1.197', '2.1.330'],
  // Seen in `--print`, 2.1.197 and 2.1.330, without rules of the owner: the first four only read (files, harmless
  // commands); acceptEdits also writes below the working directory; auto lets a classifier decide about all else.
  // The owner's `permissions.allow` widens every mode: `plan` then still refuses Write and Edit, but not a command.
  modes: [
    { name: 'plan', access: 'read', holds: 'rule' },
    { name: 'default', access: 'read', holds: 'rule' },
    { name: 'manual', access: 'read', holds: 'rule' },
    { name: 'dontAsk', access: 'read', holds: 'rule' },
    { name: 'acceptEdits', access: 'edit', holds: 'rule' },
    { name: 'auto', access: 'full', holds: 'nothing' },
    { name: 'bypassPermissions', access: 'full', holds: 'nothing' },
  ],
  settings: { mode: { name: 'claude_permission', fallback: 'acceptEdits' }, model: 'claude_model' },
  supports: { reasoning: ['low', 'medium', 'high'], thinking: ['off', 'think', 'think_hard', 'ultrathink'] },
  sessionId: uuid,
  instructions: 'CLAUDE.md',
  args,
  resume: (sessionId) => ['--resume', sessionId],
  environment,
  bulk: { begin: '"tool_use_result":{"stdout":"', end: '","stderr":"' },
  parse,
  explain,
  host: {
    clientNames: ['claude-code'],
    // Most were seen in the environment of its shell commands and MCP servers; SSE_PORT, ENV_FILE and PLUGIN_* belong
    // to an IDE window, a hook and a plugin of the session.
    sessionVariables: [
      'CLAUDECODE',
      'CLAUDE_CODE_SESSION_ID',
      'CLAUDE_CODE_SESSION_ATTENDED',
      'CLAUDE_CODE_ENTRYPOINT',
      'CLAUDE_CODE_EXECPATH',
      'CLAUDE_CODE_CHILD_SESSION',
      'CLAUDE_CODE_CHILD_NOTES_DIR',
      'CLAUDE_CODE_LAUNCHED_BY_SESSION_IDS',
      'CLAUDE_CODE_MESSAGING_*',
      'CLAUDE_CODE_SSE_PORT',
      'CLAUDE_PROJECT_DIR',
      'CLAUDE_EFFORT',
      'CLAUDE_PID',
      'CLAUDE_ENV_FILE',
      'CLAUDE_PLUGIN_*',
      'AI_AGENT',
    ],
    toolTimeoutMs: 100_000_000,
    session: (environment) => text(environment.CLAUDE_CODE_SESSION_ID),
    workspace: (environment) => text(environment.CLAUDE_PROJECT_DIR),
    // Neither its permission mode nor its sandbox is told to a server (2.1.197, 2.1.330).
    sandbox: () => undefined,
  },
};
