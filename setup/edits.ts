import { isDeepStrictEqual } from 'node:util';

/**
 * What setup wants in a settings file, as data, and what it takes to get there from what the file holds now.
 * Nothing here knows a syntax or touches a file.
 */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}
export type KeyPath = readonly string[];

export type Edit =
  /** The object at `path` has these keys with these values, nested; its other keys stay. */
  | { kind: 'merge'; path: KeyPath; value: JsonObject }
  /** The value at `path` is this one, whatever stood there. */
  | { kind: 'replace'; path: KeyPath; value: Json }
  /** The key has this value unless the person gave it one. */
  | { kind: 'default'; path: KeyPath; value: Json }
  /** The list at `path` has this element; `ifPresent`: where there is no list, none is made. */
  | { kind: 'include'; path: KeyPath; item: string; ifPresent?: true | undefined };

/** One elementary change of a document. A parent that is missing is made. */
export type Change =
  | { op: 'set'; path: KeyPath; value: Json }
  | { op: 'remove'; path: KeyPath }
  | { op: 'append'; path: KeyPath; item: string }
  | { op: 'drop'; path: KeyPath; item: string };

/** What setup put into a file, with what it takes to take it out again after others have edited the file. */
export interface Put {
  path: KeyPath;
  /** The value that was set; for a list element see `item`. */
  value?: Json;
  item?: string;
  /** What stood there before; absent when nothing did. */
  previous?: Json;
  /** How many leading parts of `path` existed before: the containers after them were made for this. */
  existed: number;
}

export interface Delta {
  changes: Change[];
  puts: Put[];
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** The value at `path`, or undefined. */
export function valueAt(document: Json | undefined, path: KeyPath): Json | undefined {
  let value = document;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** How many leading parts of `path` lead to something. */
function existing(document: JsonObject, path: KeyPath): number {
  let count = 0;
  while (count < path.length && valueAt(document, path.slice(0, count + 1)) !== undefined) count++;
  return count;
}

function mergeDelta(document: JsonObject, path: KeyPath, value: JsonObject): Delta {
  const current = valueAt(document, path);
  if (!isObject(current)) return setDelta(document, path, value);
  const deltas = Object.entries(value).map(([key, wanted]) =>
    isObject(wanted) && isObject(current[key])
      ? mergeDelta(document, [...path, key], wanted)
      : setDelta(document, [...path, key], wanted),
  );
  return join(deltas);
}

function setDelta(document: JsonObject, path: KeyPath, value: Json): Delta {
  const previous = valueAt(document, path);
  if (isDeepStrictEqual(previous, value)) return { changes: [], puts: [] };
  const put: Put = { path, value, existed: existing(document, path), ...(previous !== undefined && { previous }) };
  return { changes: [{ op: 'set', path, value }], puts: [put] };
}

function includeDelta(document: JsonObject, { path, item, ifPresent }: Edit & { kind: 'include' }): Delta {
  const list = valueAt(document, path);
  if (ifPresent && !Array.isArray(list)) return { changes: [], puts: [] };
  if (Array.isArray(list) && list.includes(item)) return { changes: [], puts: [] };
  const put: Put = { path, item, existed: existing(document, path) };
  return { changes: [{ op: 'append', path, item }], puts: [put] };
}

const join = (deltas: readonly Delta[]): Delta => ({
  changes: deltas.flatMap((delta) => delta.changes),
  puts: deltas.flatMap((delta) => delta.puts),
});

/** What brings `document` to what the edits want; nothing where it is already so. */
export function deltaOf(document: JsonObject, edits: readonly Edit[]): Delta {
  let now = document;
  const deltas: Delta[] = [];
  for (const edit of edits) {
    const delta = deltaOfOne(now, edit);
    now = changed(now, delta.changes);
    deltas.push(delta);
  }
  return join(deltas);
}

/** Every put that the edits stand for, whatever the document holds. */
export const putsOf = (edits: readonly Edit[]): Put[] =>
  deltaOf(
    {},
    edits.map((edit) => (edit.kind === 'include' ? { ...edit, ifPresent: undefined } : edit)),
  ).puts;

function deltaOfOne(document: JsonObject, edit: Edit): Delta {
  if (edit.kind === 'merge') return mergeDelta(document, edit.path, edit.value);
  if (edit.kind === 'replace') return setDelta(document, edit.path, edit.value);
  if (edit.kind === 'include') return includeDelta(document, edit);
  if (valueAt(document, edit.path) !== undefined) return { changes: [], puts: [] };
  return setDelta(document, edit.path, edit.value);
}

/** The document after the changes; the given one stays as it is. Throws when a parent is no object or list. */
export function changed(document: JsonObject, changes: readonly Change[]): JsonObject {
  return changes.reduce((now, change) => changedAt(now, change, change.path) as JsonObject, document);
}

function changedAt(value: Json | undefined, change: Change, path: KeyPath): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return replaced(value, change);
  const made = change.op === 'set' || change.op === 'append';
  if (value !== undefined && !isObject(value))
    throw new Error(`"${change.path.join('.')}" is below a value that is no object`);
  if (value === undefined && !made) return undefined;
  const next = changedAt(value?.[key], change, rest);
  const others = Object.entries(value ?? {}).filter(([other]) => other !== key);
  if (next === undefined) return Object.fromEntries(others);
  if (value && Object.hasOwn(value, key)) return { ...value, [key]: next };
  return Object.fromEntries([...others, [key, next]]);
}

function replaced(value: Json | undefined, change: Change): Json | undefined {
  if (change.op === 'set') return change.value;
  if (change.op === 'remove') return undefined;
  if (value !== undefined && !Array.isArray(value)) throw new Error(`"${change.path.join('.')}" is no list`);
  if (change.op === 'append') return [...(value ?? []), change.item];
  return value?.filter((item) => item !== change.item);
}
