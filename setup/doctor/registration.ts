import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, type JsonObject, valueAt } from '../edits.ts';
import { documentOf } from '../format.ts';
import type { Host } from '../host.ts';
import { changes, type HostPlan } from '../plan.ts';

/** The registration of a host as its file has it; undefined where there is none. */
export const entryOf = ({ host, steps }: HostPlan): JsonObject | undefined => {
  const entry = valueAt(documentIn(host, 0, steps[0]?.before.text), host.entry);
  return isObject(entry) ? entry : undefined;
};

const documentIn = (host: Host, at: number, text: string | undefined): JsonObject => {
  const format = host.files[at]?.format;
  return format ? documentOf(format, text ?? '') : {};
};

/** The keys, with dots, in which the files of a host differ from what setup would make of them. */
export const differences = ({ host, steps }: HostPlan): string[] =>
  steps.flatMap((step, at) => {
    if (!changes(step)) return [];
    return differing(documentIn(host, at, step.before.text), documentIn(host, at, step.after), []);
  });

function differing(now: Json | undefined, wanted: Json | undefined, path: string[]): string[] {
  if (isObject(now) && isObject(wanted)) {
    const keys = new Set([...Object.keys(now), ...Object.keys(wanted)]);
    return [...keys].flatMap((key) => differing(now[key], wanted[key], [...path, key]));
  }
  return isDeepStrictEqual(now, wanted) ? [] : [path.join('.')];
}

const texts = (value: Json | undefined): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');

/** What the host starts: command and arguments, which some hosts keep in one list. */
export const wordsOfEntry = (entry: JsonObject): string[] => [...texts(entry.command), ...texts(entry.args)];

/** The variables that the registration sets. */
export function variablesOf(entry: JsonObject): Record<string, string> {
  const env = entry.env ?? entry.environment;
  return Object.fromEntries(
    Object.entries(isObject(env) ? env : {}).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

/** Names of variables that the host passes on from its own environment, where the registration lists them. */
export const forwardedBy = (entry: JsonObject): string[] | undefined =>
  entry.env_vars === undefined ? undefined : texts(entry.env_vars);
