import type { Run } from '../../shared/agents/agent.ts';
import type { Turn } from './scripted-models.ts';

/** One recording: how the agent is asked, and what the model, the provider and the person do meanwhile. */
export interface Case {
  run?: Partial<Run>;
  turns: readonly Turn[];
  /** Variables over the agent's own; `undefined` takes one away. */
  environment?: Record<string, string | undefined>;
  /** Sent to the process group once stdout contains `after`. */
  signal?: { name: NodeJS.Signals; after: string };
  /** An earlier run in the same home whose session this one resumes. */
  first?: readonly Turn[];
}

/** What the contract test demands of every agent. */
export const required = [
  'success',
  'tools',
  'error',
  'auth-failure',
  'usage-limit',
  'interrupted',
  'unknown-session',
  'permission-denied',
  'huge-output',
  'resumed',
] as const;

const answer = 'The sum is 4.';
const nobody = '11111111-2222-4333-8444-555555555555';
/** Some 200 kB: longer than a pipe and a default output cap. Numbered, since repetition counts as a loop. */
export const huge = Array.from(
  { length: 4_500 },
  (_, index) => `${index}. All work and no play makes a dull answer.`,
).join('\n');

const common: Record<string, Case> = {
  success: { turns: [{ think: 'Two and two.', say: answer }] },
  'huge-output': { turns: [{ say: huge }] },
  'unknown-session': { run: { sessionId: nobody }, turns: [{ say: answer }] },
  resumed: { first: [{ say: 'I remember.' }], turns: [{ say: answer }] },
};

const anthropic = (status: number, type: string, message: string, headers?: Record<string, string>): Turn => ({
  status,
  headers,
  body: { type: 'error', error: { type, message } },
});
const bash = (command: string) => ({ name: 'Bash', args: { command, description: 'Run a command' } });

const claude: Record<string, Case> = {
  ...common,
  tools: {
    turns: [
      { think: 'Look first.', say: 'I will look at the notes.', call: bash('cat notes.txt') },
      { call: bash('cat missing.txt') },
      { call: { name: 'Read', args: { file_path: '{cwd}/notes.txt' } } },
      { call: { name: 'Edit', args: { file_path: '{cwd}/notes.txt', old_string: 'one', new_string: 'two' } } },
      { call: { name: 'Write', args: { file_path: '{cwd}/new.txt', content: 'new\n' } } },
      { say: 'Done: notes.txt changed, new.txt added.' },
    ],
  },
  error: { turns: [anthropic(400, 'invalid_request_error', 'messages: something is wrong with this request')] },
  'server-error': { turns: [anthropic(500, 'api_error', 'Internal server error')] },
  'auth-failure': { turns: [{ say: answer }], environment: { ANTHROPIC_API_KEY: undefined } },
  'auth-failure-401': { turns: [anthropic(401, 'authentication_error', 'invalid x-api-key')] },
  'usage-limit': {
    environment: { ANTHROPIC_API_KEY: undefined, CLAUDE_CODE_OAUTH_TOKEN: 'dummy' },
    turns: [
      anthropic(429, 'rate_limit_error', 'This request would exceed your account’s rate limit.', {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': '1796000400',
        'anthropic-ratelimit-unified-representative-claim': 'five_hour',
        'anthropic-ratelimit-unified-overage-status': 'rejected',
        'anthropic-ratelimit-unified-overage-disabled-reason': 'org_level_disabled',
      }),
    ],
  },
  'rate-limit': {
    turns: [anthropic(429, 'rate_limit_error', 'More than 50 requests per minute', { 'retry-after': '1' })],
  },
  'credit-balance': {
    turns: [anthropic(400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.')],
  },
  interrupted: {
    turns: [{ say: 'I will wait.', call: bash('sleep 20; ls') }, { say: answer }],
    signal: { name: 'SIGTERM', after: 'sleep 20' },
  },
  'interrupted-sigint': {
    turns: [{ say: 'I will wait.', call: bash('sleep 20; ls') }, { say: answer }],
    signal: { name: 'SIGINT', after: 'sleep 20' },
  },
  'permission-denied': {
    run: { mode: 'default' },
    turns: [
      { call: { name: 'Write', args: { file_path: '{cwd}/new.txt', content: 'new\n' } } },
      { say: 'I was not allowed to write new.txt.' },
    ],
  },
  budget: {
    run: { maxCostUsd: 0.0003 },
    turns: [
      { say: 'I will count.', call: bash('echo 1') },
      { call: bash('echo 2') },
      { call: bash('echo 3') },
      { say: answer },
    ],
  },
  'refused-as-root': { run: { mode: 'bypassPermissions' }, turns: [{ say: answer }] },
};

const openai = (status: number, error: Record<string, unknown>): Turn => ({ status, body: { error } });
const shell = (cmd: string) => ({ name: 'exec_command', args: { cmd } });
const patch = [
  "apply_patch <<'EOF'",
  '*** Begin Patch',
  '*** Add File: new.txt',
  '+new',
  '*** Update File: notes.txt',
  '@@',
  '-one',
  '+two',
  '*** End Patch',
  'EOF',
].join('\n');

const codex: Record<string, Case> = {
  ...common,
  tools: {
    turns: [
      { think: '**Look** first.', say: 'I will look at the notes.', call: shell('cat notes.txt') },
      { call: shell('cat missing.txt') },
      { call: shell(patch) },
      { call: { name: 'update_plan', args: { plan: [{ step: 'Change the notes', status: 'completed' }] } } },
      { say: 'Done: notes.txt changed, new.txt added.' },
    ],
  },
  error: { turns: [openai(400, { message: 'Something is wrong with this request', type: 'invalid_request_error' })] },
  'server-error': { turns: [openai(500, { message: 'The server had an error' })] },
  'auth-failure': { turns: [openai(401, { message: 'Incorrect API key provided: dummy.', code: 'invalid_api_key' })] },
  'missing-key': { turns: [{ say: answer }], environment: { LOCAL_KEY: undefined } },
  'usage-limit': { turns: [openai(429, { type: 'usage_limit_reached', plan_type: 'plus', resets_at: 1796000400 })] },
  'rate-limit': { turns: [openai(429, { code: 'rate_limit_exceeded', message: 'Please try again in 11.054s.' })] },
  quota: {
    turns: [
      openai(429, { type: 'insufficient_quota', code: 'insufficient_quota', message: 'You exceeded your quota' }),
    ],
  },
  interrupted: {
    turns: [{ say: 'I will wait.', call: shell('sleep 60') }, { say: answer }],
    signal: { name: 'SIGTERM', after: 'sleep 60' },
  },
  'interrupted-sigint': {
    turns: [{ say: 'I will wait.', call: shell('sleep 60') }, { say: answer }],
    signal: { name: 'SIGINT', after: 'sleep 60' },
  },
  'permission-denied': {
    run: { mode: 'read-only' },
    turns: [{ call: shell('echo new > new.txt; ls new.txt') }, { say: 'I was not allowed to write new.txt.' }],
  },
};

const google = (code: number, status: string, message: string, details: object[] = []): Turn => ({
  status: code,
  body: { error: { code, message, status, details } },
});
const exhausted = 'You exceeded your current quota, please check your plan and billing details.';
const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34074s' };
const daily = {
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }],
};
const run = (command: string) => ({ name: 'run_shell_command', args: { command } });

const gemini: Record<string, Case> = {
  ...common,
  tools: {
    run: { mode: 'yolo' },
    turns: [
      { think: 'Look first.', say: 'I will look at the notes.', call: run('cat notes.txt') },
      { call: run('cat missing.txt; exit 3') },
      {
        call: {
          name: 'replace',
          args: { file_path: 'notes.txt', old_string: 'one', new_string: 'two', instruction: 'change' },
        },
      },
      { call: { name: 'write_file', args: { file_path: 'new.txt', content: 'new\n' } } },
      { say: 'Done: notes.txt changed, new.txt added.' },
    ],
  },
  error: { turns: [google(400, 'INVALID_ARGUMENT', 'Something is wrong with this request')] },
  'unknown-model': {
    run: { model: 'gemini-nope' },
    turns: [google(404, 'NOT_FOUND', 'models/gemini-nope is not found')],
  },
  'auth-failure': { turns: [{ say: answer }], environment: { GEMINI_API_KEY: undefined } },
  'invalid-key': {
    turns: [
      google(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
      ]),
    ],
  },
  'usage-limit': { turns: [google(429, 'RESOURCE_EXHAUSTED', exhausted, [retry])] },
  loop: { turns: [{ say: 'Round and round it goes.\n'.repeat(4_000) }] },
  'usage-limit-daily': { turns: [google(429, 'RESOURCE_EXHAUSTED', exhausted, [daily, retry])] },
  interrupted: {
    run: { mode: 'yolo' },
    turns: [{ say: 'I will wait.', call: run('sleep 60') }, { say: answer }],
    signal: { name: 'SIGTERM', after: 'sleep 60' },
  },
  'permission-denied': {
    turns: [{ call: run('echo new > new.txt') }, { say: 'I was not allowed to write new.txt.' }],
  },
};

export const cases: Record<string, Record<string, Case>> = { claude, codex, gemini };
