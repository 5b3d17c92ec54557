import { modeOf, narrow } from './access.ts';
import { type Agent, type Reasoning, reasoningLevels } from './agents/agent.ts';
import { agents } from './agents/index.ts';
import { QantaraError } from './errors.ts';

/**
 * The owner's policy: one table of settings, read from layers, the later over the earlier.
 *
 * Built-in default, `[policy]`, `[hosts.<name>]`, the environment of the host's registration (`BRIDGE_<NAME>`); then
 * `[ceiling]` cuts what exceeds it. A value that does not parse is an error that names it, never replaced in silence.
 */
type Value = string | number | boolean | readonly string[] | undefined;

export interface Setting {
  /** In config.toml; the variable is `BRIDGE_` and this in upper case. */
  name: string;
  /** What a value may be, in words that complete "which is not …". */
  expected: string;
  fallback: Value;
  /** The value of a text, or `null` when it is none. */
  read(text: string): Value | null;
  /** The lesser of a value and a ceiling; absent where a ceiling means nothing. */
  cut?(value: Value, ceiling: Value): Value;
}

const lesser = (value: Value, ceiling: Value): Value => Math.min(value as number, ceiling as number);

const whole = (name: string, fallback: number, least: number, unit: string): Setting => ({
  name,
  fallback,
  expected: `a whole number of ${unit} from ${least} up`,
  read: (text) => (/^\d{1,15}$/.test(text) && Number(text) >= least ? Number(text) : null),
  cut: lesser,
});

/** A limit that is not there unless the owner sets one. */
const most = (name: string, unit: string): Setting => ({
  ...whole(name, 0, 1, unit),
  fallback: undefined,
  cut: (value, ceiling) => (value === undefined ? ceiling : lesser(value, ceiling)),
});

const choice = (name: string, values: readonly string[], fallback?: string, cut?: Setting['cut']): Setting => ({
  name,
  fallback,
  expected: `one of ${values.join(', ')}`,
  read: (text) => (values.includes(text) ? text : null),
  cut,
});

const modelShape = /^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]{0,127}$/;
/** A model name is data that becomes an argument: it has the shape of a name or it is refused. */
export const isModelName = (text: string): boolean => modelShape.test(text);

const model = (name: string): Setting => ({
  name,
  fallback: undefined,
  expected: 'a model name',
  read: (text) => (isModelName(text) ? text : null),
});

const mode = (agent: Agent): Setting =>
  choice(
    agent.settings.mode.name,
    agent.modes.map((one) => one.name),
    agent.settings.mode.fallback,
    (value, ceiling) => narrow(agent, value as string, modeOf(agent, ceiling as string).access),
  );

/** The lesser effort. One that the owner leaves to the CLI may be any, so the ceiling takes its place. */
export const lesserReasoning = (value: Reasoning | undefined, ceiling: Reasoning): Reasoning =>
  value !== undefined && reasoningLevels.indexOf(value) < reasoningLevels.indexOf(ceiling) ? value : ceiling;

const reasoning = (name: string): Setting =>
  choice(name, reasoningLevels, undefined, (value, ceiling) =>
    lesserReasoning(value as Reasoning | undefined, ceiling as Reasoning),
  );

const flags: Record<string, boolean> = { 1: true, 0: false, true: true, false: false, on: true, off: false };

const flag = (name: string, fallback: boolean, cut?: Setting['cut']): Setting => ({
  name,
  fallback,
  expected: '1 or 0',
  read: (text) => flags[text.toLowerCase()] ?? null,
  cut,
});

const expose: Setting = {
  name: 'expose',
  fallback: agents.map((agent) => agent.name),
  expected: `"all" or a comma list of ${agents.map((agent) => agent.name).join(', ')}`,
  read: (text) => {
    const names = text.split(',').map((name) => name.trim());
    if (names.length === 1 && names[0] === 'all') return agents.map((agent) => agent.name);
    return names.every((name) => agents.some((agent) => agent.name === name)) ? names : null;
  },
  cut: (value, ceiling) => (value as string[]).filter((name) => (ceiling as string[]).includes(name)),
};

export const settings: readonly Setting[] = [
  expose,
  whole('max_depth', 3, 0, 'levels'),
  most('max_calls', 'calls'),
  most('max_tokens', 'tokens'),
  {
    ...most('max_cost_usd', 'US dollars'),
    expected: 'an amount of US dollars above 0, such as 2.50',
    read: (text) => (/^\d{1,9}(\.\d{1,6})?$/.test(text) && Number(text) > 0 ? Number(text) : null),
  },
  whole('timeout_ms', 600_000, 1, 'milliseconds'),
  // Where the ceiling is `kill`, nothing goes on after its call.
  choice('on_timeout', ['background', 'kill'], 'background', (value, ceiling) =>
    ceiling === 'kill' ? ceiling : value,
  ),
  whole('job_timeout_ms', 3_600_000, 1, 'milliseconds'),
  whole('wait_cap_ms', 480_000, 1, 'milliseconds'),
  whole('max_output_bytes', 1_000_000, 1, 'bytes'),
  whole('host_timeout_ms', 0, 0, 'milliseconds'),
  flag('clarify', true),
  // To be held to its sandbox is less than not to be, so a ceiling can make it so for everybody.
  flag('inherit_sandbox', false, (value, ceiling) => value || ceiling),
  {
    name: 'debug',
    fallback: undefined,
    expected: 'the absolute path of a file',
    read: (text) => (text.startsWith('/') ? text : null),
  },
  ...agents.flatMap((agent) => [
    mode(agent),
    model(agent.settings.model),
    ...(agent.settings.reasoning ? [reasoning(agent.settings.reasoning)] : []),
  ]),
];

export const variableOf = (setting: { name: string }): string => `BRIDGE_${setting.name.toUpperCase()}`;

/** One layer: setting name to its text, and where it was written, for errors and `qantara config`. */
export interface Layer {
  origin: string;
  values: Record<string, string>;
  /** The name under which the owner wrote a setting: `BRIDGE_TIMEOUT_MS`, or `timeout_ms` in a file. */
  label(name: string): string;
}

export interface Policy {
  expose: readonly string[];
  maxDepth: number;
  /** Of one conversation of the host, with all that is delegated from it; absent: no limit. */
  maxCalls?: number;
  /** Input and output of all delegates, cached ones included. */
  maxTokens?: number;
  maxCostUsd?: number;
  /** ms; limit of a blocking call. */
  timeoutMs: number;
  onTimeout: 'background' | 'kill';
  /** ms; limit of a background job. */
  jobTimeoutMs: number;
  /** ms; longest single wait. */
  waitCapMs: number;
  maxOutputBytes: number;
  /** ms; the host's own limit of a tool call as setup configured it; 0: unknown, the host's default counts. */
  hostTimeoutMs: number;
  clarify: boolean;
  /** Whether the host's own sandbox, where it tells, is a limit of what it delegates. */
  inheritSandbox: boolean;
  debug?: string;
  /** By agent name. `mostReasoning`: the ceiling of it, which holds for a call's parameter as well. */
  agents: Record<string, { mode: string; model?: string; reasoning?: Reasoning; mostReasoning?: Reasoning }>;
  /** Setting name to the origin of its value. */
  origins: Record<string, string>;
  /** Of a job: who holds it to less than everything. The owner's own rules for the agent do not widen it then. */
  heldBy?: string;
}

/** The `BRIDGE_*` variables of a host's registration as a layer. An empty variable counts as unset. */
export function environmentLayer(environment: Record<string, string | undefined>): Layer {
  const values: Record<string, string> = {};
  for (const setting of settings) {
    const text = environment[variableOf(setting)];
    if (text) values[setting.name] = text.trim();
  }
  return { origin: 'the environment of the host’s registration', values, label: (name) => variableOf({ name }) };
}

function readValue(setting: Setting, text: string, layer: Layer): Value {
  const value = setting.read(text);
  if (value !== null) return value;
  throw new QantaraError('bad_policy', {
    where: layer.label(setting.name),
    value: JSON.stringify(text),
    expected: setting.expected,
    source: layer.origin,
  });
}

const reasoningIn = (values: Record<string, Value>, { settings }: Agent): Reasoning | undefined =>
  settings.reasoning === undefined ? undefined : (values[settings.reasoning] as Reasoning | undefined);

/** The policy of `layers`, later over earlier, cut by `ceiling`. Throws `bad_policy` for the first bad value. */
export function resolvePolicy(layers: readonly Layer[], ceiling?: Layer): Policy {
  const values: Record<string, Value> = {};
  const origins: Record<string, string> = {};
  for (const setting of settings) {
    let value = setting.fallback;
    let origin = 'default';
    for (const layer of layers) {
      const text = layer.values[setting.name];
      if (text === undefined) continue;
      value = readValue(setting, text, layer);
      origin = layer.origin;
    }
    const limit = ceiling?.values[setting.name];
    if (ceiling && limit !== undefined) {
      const most = readValue(setting, limit, ceiling);
      const cut = setting.cut ? setting.cut(value, most) : value;
      if (String(cut) !== String(value)) origin = ceiling.origin;
      value = cut;
    }
    values[setting.name] = value;
    origins[setting.name] = origin;
  }
  return {
    expose: values.expose as string[],
    maxDepth: values.max_depth as number,
    maxCalls: values.max_calls as number | undefined,
    maxTokens: values.max_tokens as number | undefined,
    maxCostUsd: values.max_cost_usd as number | undefined,
    timeoutMs: values.timeout_ms as number,
    onTimeout: values.on_timeout as Policy['onTimeout'],
    jobTimeoutMs: values.job_timeout_ms as number,
    waitCapMs: values.wait_cap_ms as number,
    maxOutputBytes: values.max_output_bytes as number,
    hostTimeoutMs: values.host_timeout_ms as number,
    clarify: values.clarify as boolean,
    inheritSandbox: values.inherit_sandbox as boolean,
    debug: values.debug as string | undefined,
    agents: Object.fromEntries(
      agents.map((agent) => [
        agent.name,
        {
          mode: values[agent.settings.mode.name] as string,
          model: values[agent.settings.model] as string | undefined,
          reasoning: reasoningIn(values, agent),
          mostReasoning: reasoningIn(ceiling?.values ?? {}, agent),
        },
      ]),
    ),
    origins,
  };
}
