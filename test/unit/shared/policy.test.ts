import { expect, test } from 'vitest';
import { environmentLayer, type Layer, resolvePolicy, settings, variableOf } from '../../../shared/policy.ts';
import { proves } from '../../promises.ts';

const layer = (origin: string, values: Record<string, string>): Layer => ({ origin, values, label: (name) => name });

test('without a layer every value is the documented default', () => {
  const { origins, ...policy } = resolvePolicy([]);
  expect(policy).toEqual({
    expose: ['claude', 'codex', 'gemini'],
    maxDepth: 3,
    timeoutMs: 600_000,
    onTimeout: 'background',
    jobTimeoutMs: 3_600_000,
    waitCapMs: 480_000,
    maxOutputBytes: 1_000_000,
    hostTimeoutMs: 0,
    clarify: true,
    inheritSandbox: false,
    debug: undefined,
    agents: {
      claude: { mode: 'acceptEdits', model: undefined, reasoning: undefined },
      codex: { mode: 'workspace-write', model: undefined, reasoning: undefined },
      gemini: { mode: 'auto_edit', model: undefined, reasoning: undefined },
    },
  });
  expect(new Set(Object.values(origins))).toEqual(new Set(['default']));
});

test('a later layer wins, and the origin of each value is kept', () => {
  const policy = resolvePolicy([
    layer('[policy]', { timeout_ms: '1000', sandbox: 'read-only' }),
    layer('[hosts.codex]', { timeout_ms: '2000' }),
    environmentLayer({ BRIDGE_SANDBOX: 'danger-full-access', BRIDGE_CLARIFY: '', BRIDGE_EXPOSE: 'codex, gemini' }),
  ]);
  expect(policy.timeoutMs).toBe(2000);
  expect(policy.agents.codex?.mode).toBe('danger-full-access');
  expect(policy.expose).toEqual(['codex', 'gemini']);
  expect(policy.origins.timeout_ms).toBe('[hosts.codex]');
  expect(policy.origins.clarify).toBe('default');
});

test('the ceiling cuts what exceeds it and raises nothing', () => {
  const ceiling = layer('[ceiling]', {
    sandbox: 'read-only',
    timeout_ms: '5000',
    expose: 'codex',
    claude_permission: 'plan',
  });
  const policy = resolvePolicy([layer('[policy]', { timeout_ms: '1000', sandbox: 'danger-full-access' })], ceiling);
  expect(policy.timeoutMs).toBe(1000);
  expect(policy.expose).toEqual(['codex']);
  expect(policy.agents.codex?.mode).toBe('read-only');
  expect(policy.agents.claude?.mode).toBe('plan');
  expect(policy.origins.sandbox).toBe('[ceiling]');
});

const bad: [string, string][] = [
  ['BRIDGE_TIMEOUT_MS', '0'],
  ['BRIDGE_TIMEOUT_MS', '-5'],
  ['BRIDGE_TIMEOUT_MS', '1e3'],
  ['BRIDGE_MAX_DEPTH', 'three'],
  ['BRIDGE_ON_TIMEOUT', 'stop'],
  ['BRIDGE_CLARIFY', 'maybe'],
  ['BRIDGE_DEBUG', 'relative.log'],
  ['BRIDGE_EXPOSE', 'codex,nobody'],
  ['BRIDGE_SANDBOX', 'none'],
  ['BRIDGE_CLAUDE_PERMISSION', 'yes'],
  ['BRIDGE_GEMINI_APPROVAL', 'auto'],
  ['BRIDGE_CODEX_MODEL', '--yolo'],
  ['BRIDGE_CODEX_REASONING', 'max'],
];
test.each(bad)(`${proves('B-14')} %s=%s is refused with name, value and what is allowed`, (name, value) => {
  const { expected } = Object.entries(settings).find(([key]) => variableOf(key) === name)?.[1] ?? { expected: '?' };
  expect(() => resolvePolicy([environmentLayer({ [name]: value })])).toThrow(
    `${name} is ${JSON.stringify(value)}, which is not ${expected}. The owner corrects it in the environment`,
  );
});
