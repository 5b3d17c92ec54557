import { readFileSync } from 'node:fs';
import { QantaraError, wordsOf } from '../../shared/errors.ts';
import type { Exposed } from '../../shared/exposed.ts';
import { type Layer, resolvePolicy } from '../../shared/policy.ts';
import { type Settings, type Value, type Values, valuesOf } from '../../shared/setting.ts';
import type { Price, Prices } from '../budget/prices.ts';
import type { PolicyLayers } from '../caller.ts';
import type { Limits } from '../jobs/context.ts';
import type { Retention } from '../jobs/retain.ts';
import type { EnvironmentRules } from '../runner/environment.ts';
import { type Entry, type Problem, readToml } from './read.ts';
import { addressOf, env, http, limits, retention, titleOf } from './table.ts';

const dayMs = 86_400_000;

/** What the owner wrote into config.toml; its policy as layers below the environment of a host's registration. */
export interface Config {
  /** Every key that is written. */
  entries: readonly Entry[];
  layers: PolicyLayers;
  /** For shims: which agents each host is offered when its registration does not say. */
  exposed: Exposed;
  limits: Limits;
  prices: Prices;
  retention: Retention;
  /** Where to listen besides the socket. */
  http?: { host: string; port: number; remote: boolean };
  /** Rules for the environment of delegates. */
  env: EnvironmentRules;
}

/** The text of config.toml; a missing file is an empty one. Throws `bad_config` where it cannot be read. */
export function textOfConfig(path: string): string {
  try {
    // An editor may have put a byte order mark in front, which is no TOML.
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new QantaraError('bad_config', { path, problem: `${wordsOf(error)}.` }, error);
  }
}

/** Reads config.toml once. Throws `bad_config` with everything that is wrong with it. */
export const readConfig = (path: string): Config => configOf(path, textOfConfig(path));

/** What a text of config.toml means; `path` is where it stands. Throws `bad_config` with everything that is wrong. */
export function configOf(path: string, text: string): Config {
  const { entries, problems } = readToml(text);
  if (problems.length > 0) throw new QantaraError('bad_config', { path, problem: `${listOf(problems)}.` });
  const layers = layersOf(path, entries);
  const running = valuesIn(limits, entries, 'limits');
  const kept = valuesIn(retention, entries, 'retention');
  const door = valuesIn(http, entries, 'http');
  return {
    entries,
    layers,
    exposed: exposedBy(layers, namesIn(entries, 'hosts')),
    limits: {
      total: running.maxRunning,
      jobBytes: running.maxJobBytes,
      agents: valuesAt(entries, 'limits', 'agents') as Record<string, number>,
      perHost: running.maxRunningPerHost,
      perTree: running.maxRunningPerTree,
      budgets: {
        tree: { calls: running.maxCallsPerTree, tokens: running.maxTokensPerTree, costUsd: running.maxCostUsdPerTree },
        day: { calls: running.maxCallsPerDay, tokens: running.maxTokensPerDay, costUsd: running.maxCostUsdPerDay },
      },
    },
    prices: new Map(
      namesIn(entries, 'prices').map((name) => [name, valuesAt(entries, 'prices', name) as unknown as Price]),
    ),
    retention: { maxAgeMs: kept.maxAgeDays * dayMs, maxBytes: kept.maxBytes, keepPrompts: kept.keepPrompts },
    http: portOf(path, door),
    env: { ...valuesIn(env, entries, 'env'), set: valuesAt(entries, 'env', 'set') as Record<string, string> },
  };
}

const loopback = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;

/** Where to listen. Throws `bad_config` for an address that others reach unless the owner says that they may. */
function portOf(path: string, { listen, allowRemote }: Values<typeof http>): Config['http'] {
  const address = listen === undefined ? undefined : addressOf(listen);
  if (!address) return undefined;
  if (!allowRemote && !loopback.test(address.host)) {
    const problem = `listen in [http] is ${listen}, which other machines reach; write 127.0.0.1, or allow_remote = true if that is what you want.`;
    throw new QantaraError('bad_config', { path, problem });
  }
  return { ...address, remote: allowRemote };
}

/** The names that the owner chose in a section such as `[hosts.<name>]`. */
export const namesIn = (entries: readonly Entry[], section: string): string[] => [
  ...new Set(entries.filter((one) => one.path[0] === section).map((one) => String(one.path[1]))),
];

/** The file as layers of policy; `path` is where it stands. */
export function layersOf(path: string, entries: readonly Entry[]): PolicyLayers {
  const layer = (...section: string[]) => layerOf(path, section, entries);
  return {
    below: (host) => [layer('policy'), layer('hosts', host)],
    ceiling: entries.some((one) => one.path[0] === 'ceiling') ? layer('ceiling') : undefined,
  };
}

/** What a shim must know of the file: of hosts that are named in it, and of all others. */
function exposedBy(layers: PolicyLayers, names: readonly string[]): Exposed {
  const policies = ['', ...names].map((host) => [host, resolvePolicy(layers.below(host), layers.ceiling)] as const);
  return {
    hosts: Object.fromEntries(policies.map(([host, { expose }]) => [host, expose])),
    ceiling: layers.ceiling && resolvePolicy([], layers.ceiling).expose,
    debug: Object.fromEntries(policies.map(([host, { debug }]) => [host, debug])),
  };
}

const listOf = (problems: readonly Problem[]): string =>
  problems.map(({ line, text }) => `line ${line}: ${text}`).join('; ');

const isIn = (entry: Entry, section: readonly string[]): boolean => titleOf(entry.path) === titleOf(section);

/** What is written in a section, and only that. */
const valuesAt = (entries: readonly Entry[], ...section: string[]): Record<string, Value> =>
  Object.fromEntries(
    entries.filter((one) => isIn(one, section) && one.value !== undefined).map(({ name, value }) => [name, value]),
  );

/** Every value of a section's table, its default where nothing is written. */
const valuesIn = <Table extends Settings>(
  table: Table,
  entries: readonly Entry[],
  ...section: string[]
): Values<Table> =>
  valuesOf(table, {
    ...Object.fromEntries(Object.entries(table).map(([name, { fallback }]) => [name, fallback])),
    ...valuesAt(entries, ...section),
  });

function layerOf(path: string, section: readonly string[], entries: readonly Entry[]): Layer {
  const written = entries.filter((one) => isIn(one, section) && one.text !== '');
  return {
    origin: `${titleOf(section)} of ${path}`,
    values: Object.fromEntries(written.map(({ name, text }) => [name, text])),
    label: (name) => `${name} in ${titleOf(section)}`,
  };
}
