import { readFileSync } from 'node:fs';
import { isObject, type Json, valueAt } from './edits.ts';
import { documentOf } from './format.ts';
import type { Host, Place } from './host.ts';
import { hosts } from './hosts/index.ts';
import { isOurs } from './registration.ts';

/** What a host's settings say about our shim. */
export interface Registered {
  host: Host;
  path: string;
  /** The variables that are written there for the shim; what it inherits from the host besides is not known here. */
  env: Record<string, string>;
}

/** Every host in whose settings our shim is registered. A file that is missing or does not parse registers nothing. */
export const registeredHosts = (place: Place): Registered[] =>
  hosts.flatMap((host) => registrationIn(host, place) ?? []);

function registrationIn(host: Host, place: Place): Registered | undefined {
  const file = host.files[0];
  if (!file) return undefined;
  const path = file.path(place);
  const entry = valueAt(documentIn(path, file.format), host.entry);
  if (!isObject(entry) || !isOurs(entry)) return undefined;
  const env = entry.env ?? entry.environment;
  const texts = Object.entries(isObject(env) ? env : {}).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return { host, path, env: Object.fromEntries(texts) };
}

function documentIn(path: string, format: Host['files'][number]['format']): Json | undefined {
  try {
    return documentOf(format, readFileSync(path, 'utf8'));
  } catch {
    return undefined; // `qantara doctor` and `qantara setup` say what is wrong with it
  }
}
