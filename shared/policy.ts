import { modeOf, narrow } from './access.ts';
import { type Agent, type Reasoning, reasoningLevels } from './agents/agent.ts';
import { agents } from './agents/index.ts';
import { QantaraError } from './errors.ts';
import { roots } from './roots.ts';
import {
  choice,
  dollars,
  flag,
  optional,
  type Setting,
  type Settings,
  type Value,
  type Values,
  valuesOf,
  whole,
} from './setting.ts';

/**
 * The owner's policy: one table of settings, read from layers, the later over the earlier.
 *
 * Built-in default, `[policy]`, `[hosts.<name>]`, the environment of the host's registration (`BRIDGE_<NAME>`); then
 * `[ceiling]` cuts what exceeds it. A value that does not parse is an error that names it, never replaced in silence.
 */
const modelShape = /^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]{0,127}$/;
/** A model name is data that becomes an argument: it has the shape of a name or it is refused. */
export const isModelName = (text: string): boolean => modelShape.test(text);

const names = agents.map((agent) => agent.name);

const expose: Setting<readonly string[]> = {
  meaning: 'agents offered to the host',
  fallback: names,
  expected: `"all" or a comma list of ${names.join(', ')}`,
  read: (text) => {
    const wanted = text.split(',').map((name) => name.trim());
    if (wanted.length === 1 && wanted[0] === 'all') return names;
    return wanted.every((name) => names.includes(name)) ? wanted : null;
  },
  cut: (value, ceiling) => value.filter((name) => ceiling.includes(name)),
};

const debug: Setting<string | undefined> = {
  meaning: 'file for the diagnostics of the shim',
  fallback: undefined,
  expected: 'the absolute path of a file',
  read: (text) => (text.startsWith('/') ? text : null),
};

/** The settings that concern no agent in particular. A row here is a key of config.toml, a variable and a field of `Policy`. */
const general = {
  expose,
  roots,
  max_depth: whole(3, 0, 'levels', 'how deep delegations may nest'),
  max_calls: optional(whole(0, 1, 'calls', 'delegations of one conversation of the host, with all that they delegate')),
  max_tokens: optional(whole(0, 1, 'tokens', 'input and output of one conversation’s delegates, cached ones included')),
  max_cost_usd: optional(dollars('cost of one conversation’s delegates')),
  timeout_ms: whole(600_000, 1, 'milliseconds', 'limit of a blocking call'),
  on_timeout: {
    ...choice(['background', 'kill'], 'background', 'at that limit: hand over the job id, or end the job'),
    // Where the ceiling is `kill`, nothing goes on after its call.
    cut: (value, ceiling) => (ceiling === 'kill' ? ceiling : value),
  } as Setting<'background' | 'kill'>,
  job_timeout_ms: whole(3_600_000, 1, 'milliseconds', 'limit of a background job'),
  wait_cap_ms: whole(480_000, 1, 'milliseconds', 'longest single wait_job'),
  max_output_bytes: whole(1_000_000, 1, 'bytes', 'output cap of one answer; the whole is kept on disk'),
  host_timeout_ms: whole(
    0,
    0,
    'milliseconds',
    'the host’s own limit of a tool call, which setup tells; 0: its default',
  ),
  clarify: flag(true, 'tell delegates to answer with questions rather than guess'),
  // To be held to its sandbox is less than not to be, so a ceiling can make it so for everybody.
  inherit_sandbox: {
    ...flag(false, 'the host’s own sandbox, where it tells, is a limit of what it delegates'),
    cut: (value, ceiling) => value || ceiling,
  } as Setting<boolean>,
  debug,
} satisfies Settings;

/** The lesser effort. One that the owner leaves to the CLI may be any, so the ceiling takes its place. */
export const lesserReasoning = (value: Reasoning | undefined, ceiling: Reasoning): Reasoning =>
  value !== undefined && reasoningLevels.indexOf(value) < reasoningLevels.indexOf(ceiling) ? value : ceiling;

const reasoning = (agent: Agent): Setting<Reasoning | undefined> => ({
  ...choice(reasoningLevels, undefined, `default reasoning effort of ${agent.title}; not set: its own`),
  cut: (value, ceiling) => (ceiling === undefined ? value : lesserReasoning(value, ceiling)),
});

const model = (agent: Agent): Setting => ({
  meaning: `default model of ${agent.title}; not set: its own`,
  fallback: undefined,
  expected: 'a model name',
  read: (text) => (isModelName(text) ? text : null),
});

const mode = (agent: Agent): Setting<string> => ({
  ...choice(
    agent.modes.map((one) => one.name),
    agent.settings.mode.fallback,
    `what ${agent.title} may do without asking`,
  ),
  cut: (value, ceiling) => narrow(agent, value, modeOf(agent, ceiling).access) ?? ceiling,
});

const ofAgent = (agent: Agent): Settings => {
  const { settings } = agent;
  return {
    [settings.mode.name]: mode(agent),
    [settings.model]: model(agent),
    ...(settings.reasoning && { [settings.reasoning]: reasoning(agent) }),
  };
};

/** Every key of a host's policy by its name in config.toml; the variable is `BRIDGE_` and that in upper case. */
export const settings: Settings = Object.assign({}, general, ...agents.map(ofAgent));

export const variableOf = (name: string): string => `BRIDGE_${name.toUpperCase()}`;

/** One layer: setting name to its text, and where it was written, for errors and `qantara config`. */
export interface Layer {
  origin: string;
  values: Record<string, string>;
  /** The name under which the owner wrote a setting: `BRIDGE_TIMEOUT_MS`, or `timeout_ms` in a file. */
  label(name: string): string;
}

/** The settings by their names in the code; times are ms. */
export interface Policy extends Values<typeof general> {
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
  for (const name of Object.keys(settings)) {
    const text = environment[variableOf(name)];
    if (text) values[name] = text.trim();
  }
  return { origin: 'the environment of the host’s registration', values, label: variableOf };
}

function readValue(name: string, setting: Setting, text: string, layer: Layer): Value {
  const value = setting.read(text);
  if (value !== null) return value;
  throw new QantaraError('bad_policy', {
    where: layer.label(name),
    value: JSON.stringify(text),
    expected: setting.expected,
    source: layer.origin,
  });
}

/** The values of all settings under their names in config.toml, and the origin of each; otherwise as `resolvePolicy`. */
export function resolveSettings(layers: readonly Layer[], ceiling?: Layer) {
  const values: Record<string, Value> = {};
  const origins: Record<string, string> = {};
  for (const [name, setting] of Object.entries(settings)) {
    let value = setting.fallback;
    let origin = 'default';
    for (const layer of layers) {
      const text = layer.values[name];
      if (text === undefined) continue;
      value = readValue(name, setting, text, layer);
      origin = layer.origin;
    }
    const limit = ceiling?.values[name];
    if (ceiling && limit !== undefined) {
      const most = readValue(name, setting, limit, ceiling);
      const cut = setting.cut ? setting.cut(value, most) : value;
      if (String(cut) !== String(value)) origin = ceiling.origin;
      value = cut;
    }
    values[name] = value;
    origins[name] = origin;
  }
  return { values, origins };
}

/** The policy of `layers`, later over earlier, cut by `ceiling`. Throws `bad_policy` for the first bad value. */
export function resolvePolicy(layers: readonly Layer[], ceiling?: Layer): Policy {
  const { values, origins } = resolveSettings(layers, ceiling);
  const ownOf = (agent: Agent): Policy['agents'][string] => ({
    mode: values[agent.settings.mode.name] as string,
    model: values[agent.settings.model] as string | undefined,
    reasoning: reasoningIn(values, agent),
    mostReasoning: reasoningIn(ceiling?.values ?? {}, agent),
  });
  const ofAgents = Object.fromEntries(agents.map((agent) => [agent.name, ownOf(agent)]));
  return { ...valuesOf(general, values), agents: ofAgents, origins };
}

const reasoningIn = (values: Record<string, Value>, { settings }: Agent): Reasoning | undefined =>
  settings.reasoning === undefined ? undefined : (values[settings.reasoning] as Reasoning | undefined);
