import { isDeepStrictEqual } from 'node:util';
import {
  type Change,
  changed,
  type Delta,
  isObject,
  type Json,
  type JsonObject,
  type KeyPath,
  type Put,
  valueAt,
} from './edits.ts';

/** Taking out of a document what setup put in, after others have edited it; and keeping account over several runs. */

const startsWith = (path: KeyPath, start: KeyPath): boolean => start.every((key, at) => path[at] === key);
const samePath = (a: KeyPath, b: KeyPath): boolean => a.length === b.length && startsWith(a, b);

export interface Undone {
  changes: Change[];
  /** Paths that are no longer what setup made of them and so stay. */
  left: KeyPath[];
}

/**
 * The changes that take `puts` out of `document`. A value that was changed since stays, except what `isOurs` knows as
 * a registration of ours. Containers that were made for a put go with it when they are empty.
 */
export function undoOf(
  document: JsonObject,
  puts: readonly Put[],
  isOurs: (path: KeyPath, value: Json) => boolean,
): Undone {
  let now = document;
  const changes: Change[] = [];
  const left: KeyPath[] = [];
  for (const put of puts.toReversed()) {
    const current = valueAt(now, put.path);
    if (current === undefined) continue;
    const own =
      put.item === undefined
        ? isDeepStrictEqual(current, put.value) || isOurs(put.path, current)
        : Array.isArray(current);
    if (!own) {
      left.push(put.path);
      continue;
    }
    const steps = [outOf(put)];
    now = changed(now, steps);
    const emptied = emptiedBy(now, put);
    if (emptied) steps.push({ op: 'remove', path: emptied });
    now = changed(now, steps.slice(1));
    changes.push(...steps);
  }
  return { changes, left };
}

function outOf({ path, item, previous }: Put): Change {
  if (item !== undefined) return { op: 'drop', path, item };
  return previous === undefined ? { op: 'remove', path } : { op: 'set', path, value: previous };
}

const isEmpty = (value: Json | undefined): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;

/** The outermost container that was made for the put and holds nothing any more. */
function emptiedBy(document: JsonObject, { path, existed }: Put): KeyPath | undefined {
  let outermost: KeyPath | undefined;
  for (let length = path.length; length > existed; length--) {
    const container = path.slice(0, length);
    const value =
      outermost && length === outermost.length - 1
        ? without(valueAt(document, container), outermost[length])
        : valueAt(document, container);
    if (value === undefined) continue;
    if (!isEmpty(value)) break;
    outermost = container;
  }
  return outermost;
}

function without(value: Json | undefined, key: string | undefined): Json | undefined {
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)) : value;
}

/** The account after another run: what was there before the first run stays what it was. */
export function composed(earlier: readonly Put[], later: readonly Put[]): Put[] {
  const kept = earlier.map((put) => {
    const again = later.find((one) => samePath(one.path, put.path) && one.item === put.item);
    return again?.value === undefined ? put : { ...put, value: again.value };
  });
  const fresh = later.filter((put) => !earlier.some((one) => coversOf(one, put)));
  return [...kept, ...fresh];
}

const coversOf = (earlier: Put, later: Put): boolean =>
  earlier.item === undefined
    ? startsWith(later.path, earlier.path)
    : samePath(earlier.path, later.path) && earlier.item === later.item;

/**
 * What an earlier run put in and this one no longer wants: list elements, and keys of an object that are still as
 * they were put. `wanted`: the puts of this run made on a document without any.
 */
export function obsolete(document: JsonObject, earlier: readonly Put[], wanted: readonly Put[]): Delta {
  const changes: Change[] = [];
  const gone: Put[] = [];
  for (const put of earlier) {
    const same = wanted.find((one) => samePath(one.path, put.path) && one.item === put.item);
    if (!same) {
      gone.push(put);
    } else if (isObject(put.value) && isObject(same.value)) {
      changes.push(...staleKeys(document, put.path, put.value, same.value));
    }
  }
  return { changes: [...undoOf(document, gone, () => false).changes, ...changes], puts: gone };
}

function staleKeys(document: JsonObject, path: KeyPath, earlier: JsonObject, wanted: JsonObject): Change[] {
  return Object.entries(earlier).flatMap(([key, value]): Change[] => {
    const here = [...path, key];
    const current = valueAt(document, here);
    const now = wanted[key];
    if (isObject(value) && isObject(now)) return staleKeys(document, here, value, now);
    return now === undefined && isDeepStrictEqual(current, value) ? [{ op: 'remove', path: here }] : [];
  });
}
