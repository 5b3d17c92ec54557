import { basename } from 'node:path';
import { wordsOf } from '../shared/errors.ts';
import { isObject, type Json, type JsonObject, type KeyPath, valueAt } from './edits.ts';
import { documentOf } from './format.ts';
import type { Host, HostFile, Place, Registration } from './host.ts';
import { type HostRecord, recordFor } from './ledger.ts';
import { snapshotOf, untouched } from './snapshot.ts';

/** What is written into a host about the shim, and how an entry of ours is known. */

export interface Wish {
  /** Agents to offer, as the person said now. */
  expose?: string[];
  /** Whether to pre-approve, as the person said now. */
  approve?: boolean;
  /** Also replace a server of that name which is not ours. */
  replace: boolean;
  /** Agents to offer when the person said nothing. */
  usual: (host: Host) => string[];
  command: string;
  shim: string;
  proxies: string[];
}

/** Whether an entry starts our shim, of whatever release. */
export function isOurs(entry: Json | undefined): boolean {
  if (!isObject(entry)) return false;
  const words = [entry.command, entry.args].flat().filter((word) => typeof word === 'string');
  return words.some((word) => /^qantara-shim(\.[cm]?js)?$/.test(basename(word)));
}

/** What the host is to know about the shim. */
export function registrationFor(
  host: Host,
  place: Place,
  wish: Wish,
  expose: string[],
  approve: boolean,
): Registration {
  const home = place.environment.QANTARA_HOME;
  return {
    command: wish.command,
    args: [wish.shim, '--host', host.name],
    env: {
      BRIDGE_EXPOSE: expose.join(','),
      BRIDGE_HOST_TIMEOUT_MS: String(host.toolTimeoutMs),
      ...(home && { QANTARA_HOME: home }),
    },
    approve,
    proxies: wish.proxies,
  };
}

/**
 * Which agents a host is offered: what the person says now, or said to an earlier run, or wrote into the registration
 * by hand; else the usual.
 */
export function exposeFor(host: Host, place: Place, wish: Wish, record: HostRecord | undefined): string[] {
  const said = wish.expose ?? record?.expose;
  if (said) return said;
  const file = host.files[0];
  const path = file?.path(place) ?? '';
  const { text } = snapshotOf(path);
  const entry = file && valueAt(readDocument(path, file, text), host.entry);
  const known = recordFor(record?.files[path], text)?.puts.map((put) =>
    exposeIn(valueUnder(put.path, put.value, host.entry)),
  );
  const written = isOurs(entry) ? exposeIn(entry) : undefined;
  return written && !known?.includes(written) ? written.split(',') : wish.usual(host);
}

/** What a put at `path` says about the registration at `entry`. */
const valueUnder = (path: KeyPath, value: Json | undefined, entry: KeyPath): Json | undefined =>
  path.length > entry.length
    ? path
        .slice(entry.length)
        .reduceRight<Json | undefined>((inner, key) => (inner === undefined ? undefined : { [key]: inner }), value)
    : valueAt(value, entry.slice(path.length));

function exposeIn(entry: Json | undefined): string | undefined {
  const found = valueAt(entry, ['env', 'BRIDGE_EXPOSE']) ?? valueAt(entry, ['environment', 'BRIDGE_EXPOSE']);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The document of a file; throws `file_untouched` when it does not parse. */
export function readDocument(path: string, file: HostFile, text: string | undefined): JsonObject {
  try {
    return documentOf(file.format, text ?? '');
  } catch (error) {
    throw untouched(path, `it does not parse (${wordsOf(error)})`, 'Correct it, then run setup again.', error);
  }
}
