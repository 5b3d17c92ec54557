import { environmentLayer, resolveSettings, settings, variableOf } from '../../shared/policy.ts';
import type { Value } from '../../shared/setting.ts';
import type { WrittenKey } from '../../shared/wire.ts';
import { layersOf, namesIn } from './config.ts';
import { type Entry, entriesOf } from './read.ts';
import { anyName, isSecret, type Section, sections, titleOf } from './table.ts';

/** Everything that is in force, each value with where it comes from: what `qantara config` shows. */
export interface ConfigView {
  /** For a host that is neither named in the file nor registered. */
  everyHost: Values;
  hosts: Record<string, { registration: string | null; problem?: string; policy: Values }>;
  /** The other sections by their title without brackets. */
  sections: Record<string, Values>;
}
/** By key. `value` is null where nothing is set, and absent where it is secret. */
export type Values = Record<string, { value?: Value | null; from: string }>;

/** What a host's settings say about the shim. */
export interface HostRegistration {
  name: string;
  path: string;
  env: Record<string, string>;
}

/** `path` is where config.toml stands, `written` what stands in it. Never throws: a registration may hold a bad value. */
export function viewOf(
  path: string,
  written: readonly WrittenKey[],
  registrations: readonly HostRegistration[],
): ConfigView {
  const entries = entriesOf(written);
  const layers = layersOf(path, entries);
  const names = new Set([...registrations.map((one) => one.name), ...namesIn(entries, 'hosts')]);
  const hostOf = (name: string): ConfigView['hosts'][string] => {
    const registration = registrations.find((one) => one.name === name);
    const below = layers.below(name);
    const own = registration && { ...environmentLayer(registration.env), origin: registration.path };
    try {
      const policy = resolveSettings(own ? [...below, own] : below, layers.ceiling);
      return { registration: registration?.path ?? null, policy: policyValues(policy, path, entries) };
    } catch (error) {
      const policy = policyValues(resolveSettings(below, layers.ceiling), path, entries);
      return { registration: registration?.path ?? null, problem: (error as Error).message, policy };
    }
  };
  return {
    everyHost: policyValues(resolveSettings(layers.below(''), layers.ceiling), path, entries),
    hosts: Object.fromEntries([...names].map((name) => [name, hostOf(name)])),
    sections: Object.fromEntries(sections.flatMap((section) => sectionsOf(section, entries))),
  };
}

function policyValues(
  { values, origins }: ReturnType<typeof resolveSettings>,
  path: string,
  entries: readonly Entry[],
): Values {
  const from = (name: string, origin: string): string => {
    if (origin === 'default') return origin;
    const entry = entries.find((one) => one.name === name && `${titleOf(one.path)} of ${path}` === origin);
    return entry ? placeOf(entry) : `${variableOf(name)} in ${origin}`;
  };
  return Object.fromEntries(
    Object.keys(settings).map((name) => {
      const value = values[name] ?? null;
      return [name, { value, from: from(name, origins[name] ?? 'default') }];
    }),
  );
}

const placeOf = ({ path, line }: Entry): string => `${titleOf(path)}, line ${line}`;

/** A section's keys with their values; of one with names of the owner's choice, each that is written. */
function sectionsOf(section: Section, entries: readonly Entry[]): [string, Values][] {
  if (section.keys === settings || section.asIn) return [];
  const [first = '', second] = section.path;
  if (second !== anyName) return [[section.path.join('.'), valuesIn(section, section.path, entries)]];
  return namesIn(entries, first).map((name) => [`${first}.${name}`, valuesIn(section, [first, name], entries)]);
}

function valuesIn({ keys }: Section, path: readonly string[], entries: readonly Entry[]): Values {
  const written = entries.filter((one) => titleOf(one.path) === titleOf(path));
  const defaults = Object.entries(keys).map(([name, { fallback }]) => [
    name,
    { value: fallback ?? null, from: 'default' },
  ]);
  const own = written.map((one) => [
    one.name,
    { ...(!isSecret(one.path, one.name) && { value: one.value ?? null }), from: placeOf(one) },
  ]);
  return Object.fromEntries([...defaults, ...own]);
}
