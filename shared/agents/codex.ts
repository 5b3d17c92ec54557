import type { AgentEvent } from '../events.ts';
import { type Access, type Agent, type Exit, type Failure, type Run, uuid } from './agent.ts';
import { type Loose, lastObject, lastWords, list, number, object, objectOf, sentence, text } from './json.ts';

/** A directory and all that it is in. */
const upwards = (path: string): string[] => {
  const parts = path.split('/').filter(Boolean);
  return ['/', ...parts.map((_part, index) => `/${parts.slice(0, index + 1).join('/')}`)];
};

/**
 * What would let a run out of its sandbox (0.169): `rules` of the owner, whose commands run outside of it, other
 * places that he lets it write, and MCP servers and settings of a `.codex/` in a directory that the owner trusts, which the caller may have written. The
 * nearest directory decides about trust.
 */
function walls(run: Run): string[] {
  const projects = upwards(run.cwd).map((path) => `${JSON.stringify(path)}={trust_level="untrusted"}`);
  return [
    '--ignore-rules',
    ...['-c', `projects={${projects.join(',')}}`],
    ...['-c', 'sandbox_workspace_write.writable_roots=[]'],
  ];
}

/**
 * `codex exec --json`, as seen with codex 0.169.
 *
 * The options stand before `resume`, which has no `--sandbox` of its own: there they hold for the resumed turn too
 * (its recorded turn context has the new sandbox, model, effort and working directory). `-` reads the prompt from
 * stdin. `--model=…` takes any text as a value. The approval policy of `exec` is always `never`.
 */
const args = (run: Run): string[] => [
  'exec',
  '--json',
  '--skip-git-repo-check',
  `--sandbox=${run.mode}`,
  ...(run.held ? walls(run) : []),
  ...(run.model ? [`--model=${run.model}`] : []),
  ...(run.reasoning ? ['-c', `model_reasoning_effort=${JSON.stringify(run.reasoning)}`] : []),
  ...(run.sessionId ? ['resume', run.sessionId] : []),
  '-',
];

/** The code behind Codex' words. It gives no machine-readable one: a `turn.failed` is its message and nothing else. */
function classify(words: string): Failure {
  const message = sentence(words);
  const limit = /usage limit|quota exceeded|upgrade to (plus|pro)\b|\b429\b|rate limit|out of credits|credit limit/i;
  if (limit.test(message)) {
    const [, how, when] = /try again (at|in) (.+?)\.?$/.exec(message) ?? [];
    return { code: 'usage_limit', message, retryAt: how === 'in' ? `in ${when}` : when };
  }
  const login = /\b401\b|unauthorized|missing environment variable|not logged in|(log|sign) ?in again|refresh token/i;
  return { code: login.test(message) ? 'not_logged_in' : 'agent_failed', message };
}

const plan = (item: Loose): string =>
  list(item.items)
    .map((step) => `${object(step).completed === true ? '[x]' : '[ ]'} ${text(object(step).text) ?? ''}`)
    .join('\n');

const changes = { add: 'added', delete: 'deleted', update: 'changed' } as const;

const files = (item: Loose): AgentEvent[] =>
  list(item.changes).flatMap((entry): AgentEvent[] => {
    const path = text(object(entry).path);
    const kind = object(entry).kind as keyof typeof changes;
    return path ? [{ type: 'file', path, change: changes[kind] ?? 'changed' }] : [];
  });

function itemEvents(item: Loose, phase: 'started' | 'finished'): AgentEvent[] | undefined {
  const finished = phase === 'finished';
  const ok = finished ? item.status !== 'failed' : undefined;
  switch (item.type) {
    case 'agent_message':
      return finished ? [{ type: 'message', text: text(item.text) ?? '' }] : [];
    case 'reasoning':
      return finished ? [{ type: 'reasoning', text: text(item.text) ?? '' }] : [];
    case 'command_execution':
      return [{ type: 'command', phase, command: text(item.command) ?? '', exitCode: number(item.exit_code) }];
    case 'file_change':
      if (!finished) return [];
      return item.status === 'completed' ? files(item) : [{ type: 'tool', phase, name: 'apply_patch', ok: false }];
    case 'mcp_tool_call':
      return [{ type: 'tool', phase, name: [text(item.server), text(item.tool)].filter(Boolean).join('.'), ok }];
    case 'collab_tool_call':
      return [{ type: 'tool', phase, name: text(item.tool) ?? 'collab', ok }];
    case 'web_search':
      return [{ type: 'tool', phase, name: `web_search ${text(item.query) ?? ''}`.trim(), ok }];
    case 'todo_list':
      return [{ type: 'plan', text: plan(item) }];
    case 'error':
      // Unknown model metadata, a fallback transport: Codex goes on after each of them.
      return [{ type: 'warning', message: text(item.message) ?? 'error' }];
    default:
      return undefined;
  }
}

/** Tokens are those of the whole session: a resumed run reports the earlier turns again (0.169). No cost. */
const usage = (data: Loose): AgentEvent => ({
  type: 'usage',
  scope: 'run',
  inputTokens: number(data.input_tokens),
  outputTokens: number(data.output_tokens),
  cachedTokens: number(data.cached_input_tokens),
});

function entryEvents(entry: Loose): AgentEvent[] | undefined {
  switch (entry.type) {
    case 'thread.started': {
      const id = text(entry.thread_id);
      return id ? [{ type: 'session', id }] : undefined;
    }
    case 'turn.started':
      return [];
    case 'item.started':
      return itemEvents(object(entry.item), 'started');
    case 'item.updated':
      return object(entry.item).type === 'todo_list' ? itemEvents(object(entry.item), 'started') : [];
    case 'item.completed':
      return itemEvents(object(entry.item), 'finished');
    case 'turn.completed':
      return [usage(object(entry.usage)), { type: 'result', ok: true }];
    case 'turn.failed': {
      const words = text(object(entry.error).message) ?? 'the turn failed';
      return [
        { type: 'error', ...classify(words) },
        { type: 'result', ok: false },
      ];
    }
    case 'error':
      // Also "Reconnecting... 2/5 (…)", after which it goes on. A final one is repeated in `turn.failed`.
      return [{ type: 'warning', message: sentence(text(entry.message) ?? 'error') }];
    default:
      return undefined;
  }
}

function parse(line: string): AgentEvent[] {
  const entry = objectOf(line);
  if (!entry) return line.trim() ? [{ type: 'raw', line }] : [];
  return entryEvents(entry) ?? [{ type: 'raw', line }];
}

/** Log lines with a time stamp, and the warning about helper binaries. */
const noise = /^(\d{4}-\d\d-\d\dT\S+ +(ERROR|WARN|INFO|DEBUG|TRACE)|WARNING:|Reading prompt from stdin)/;

function explain(exit: Exit, summary: { error?: unknown }): Failure | undefined {
  if (/no rollout found|no saved session|session not found/i.test(exit.stderr))
    return { code: 'unknown_session', message: lastWords(exit.stderr, noise) ?? 'not found' };
  if (summary.error) return undefined;
  const last = lastObject(exit.stdout, (entry) => entry.type === 'error');
  if (last) return classify(text(last.message) ?? 'error');
  const words = lastWords(exit.stderr, noise);
  return words && exit.code === 1 ? classify(words) : undefined;
}

const sandboxMeta = 'codex/sandbox-state-meta';

/** `file:///a%20b` as a path; undefined for what is no file URL of this machine. */
function pathOf(url: string | undefined): string | undefined {
  if (!url?.startsWith('file:///')) return undefined;
  try {
    return decodeURIComponent(url.slice('file://'.length));
  } catch {
    return undefined;
  }
}

/**
 * The sandbox that Codex tells with each call (0.169): `disabled` with danger-full-access, else `managed` with the
 * places that may be written. What it says in another way counts as no right to write.
 */
function sandboxOf(meta: Loose): Access | undefined {
  if (meta[sandboxMeta] === undefined) return undefined;
  const { type, file_system } = object(object(meta[sandboxMeta]).permissionProfile);
  if (type === 'disabled') return 'full';
  const writable = list(object(file_system).entries)
    .map(object)
    .filter(({ access }) => access === 'write')
    .map(({ path }) => object(path));
  if (writable.some(({ value }) => object(value).kind === 'root')) return 'full';
  return writable.length > 0 ? 'edit' : 'read';
}

export const codex: Agent = {
  name: 'codex',
  title: 'Codex',
  binary: 'codex',
  install: 'npm install --global @openai/codex',
  login: 'codex login',
  strengths: 'Good for well-specified coding work, hard debugging and an independent second opinion, in a sandbox.',
  tested: ['0.169.0'],
  modes: [
    { name: 'read-only', access: 'read', holds: 'sandbox' },
    { name: 'workspace-write', access: 'edit', holds: 'sandbox' },
    { name: 'danger-full-access', access: 'full', holds: 'nothing' },
  ],
  settings: {
    mode: { name: 'sandbox', fallback: 'workspace-write' },
    model: 'codex_model',
    reasoning: 'codex_reasoning',
  },
  supports: { reasoning: ['low', 'medium', 'high'], thinking: [] },
  // Anything else starts a new conversation in silence, with exit code 0 (codex 0.169).
  sessionId: uuid,
  instructions: 'AGENTS.md',
  args,
  resume: (sessionId) => ['resume', sessionId],
  environment: () => ({}),
  reportsSession: true,
  bulk: { begin: '"aggregated_output":"', end: '","exit_code":' },
  parse,
  explain,
  host: {
    clientNames: ['codex-mcp-client'],
    sessionVariables: [
      'CODEX_THREAD_ID',
      'CODEX_SESSION_ID',
      'CODEX_TOOL_CALL_ID',
      'CODEX_CI',
      'CODEX_VERSION',
      'CODEX_SANDBOX*',
      'CODEX_PERMISSION_PROFILE',
      'CODEX_MANAGED_*',
      'CODEX_APPLY_PATCH_*',
      'CODEX_SNAPSHOT_*',
      'CODEX_INTERNAL_ORIGINATOR_OVERRIDE',
    ],
    // Seen with 0.169: `$CODEX_HOME/tmp/arg0-linux/codex-arg0KJXq9y`, which is gone after the session, and a folder
    // of its package.
    ownPath: /\/tmp\/arg0[^/]*\/codex-arg0[^/]*$|\/codex-path$/,
    toolTimeoutMs: 300_000,
    session: (_environment, meta) => text(meta.threadId),
    workspace: (_environment, meta) => pathOf(text(object(meta[sandboxMeta]).sandboxCwd)),
    sandbox: (_environment, meta) => sandboxOf(meta),
  },
};
