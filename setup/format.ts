import { isDeepStrictEqual } from 'node:util';
import { type Change, changed, isObject, type JsonObject } from './edits.ts';

/** A syntax of settings files that setup can edit in place. */
export interface Format {
  /** The document of a text. Throws with the place and the problem when it is not one, or not an object. */
  parse(text: string): JsonObject;
  /** Whether an object without keys need not be written down to be there. */
  impliesEmpty: boolean;
  /** The text after one change, everything else as it was: comments, order, indentation, line ends. */
  apply(text: string, change: Change): string;
}

const byteOrderMark = '\ufeff';

/** The text without a byte order mark, which no parser here takes. */
export const withoutMark = (text: string): string => (text.startsWith(byteOrderMark) ? text.slice(1) : text);

/** The document of a text that may start with a byte order mark. Throws as `Format.parse` does. */
export const documentOf = (format: Format, text: string): JsonObject => format.parse(withoutMark(text));

/**
 * The text after `changes`. What the result holds is parsed again and compared with what the changes make of the
 * data, so whatever the editor got wrong throws here instead of reaching a file.
 */
export function edited(format: Format, text: string, changes: readonly Change[]): string {
  if (changes.length === 0) return text;
  const body = withoutMark(text);
  const mark = text.slice(0, text.length - body.length);
  const wanted = changed(format.parse(body), changes);
  const result = changes.reduce((now, change) => format.apply(now, change), body);
  if (!isDeepStrictEqual(plain(format.parse(result), format), plain(wanted, format))) {
    throw new Error('it is written in a way that setup cannot edit without touching the rest');
  }
  return mark + result;
}

/** Without prototypes, which differ between a parser's objects and ours, and without what need not be written. */
function plain(value: unknown, format: Format): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, format));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, plain(inner, format)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => !format.impliesEmpty || !isEmpty(inner)));
}

const isEmpty = (value: unknown): boolean => isObject(value) && Object.keys(value).length === 0;

/** The line end that a text uses most; `\n` where it has none. */
export function lineEndOf(text: string): '\n' | '\r\n' {
  const all = text.match(/\n/g)?.length ?? 0;
  const windows = text.match(/\r\n/g)?.length ?? 0;
  return windows * 2 > all ? '\r\n' : '\n';
}
