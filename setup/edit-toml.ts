import { parse } from 'smol-toml';
import { type Statement, statementsOf } from '../shared/toml-scan.ts';
import { type Change, changed, isObject, type Json, type JsonObject, type KeyPath, valueAt } from './edits.ts';
import { type Format, lineEndOf } from './format.ts';

/**
 * Editing TOML in place, as far as a registration needs it: pairs and tables. What it cannot do in place comes out
 * different from what was wanted, and `edited` refuses it.
 */
export const tomlFormat: Format = { parse: parseToml, impliesEmpty: true, apply: applyToml };

function parseToml(text: string): JsonObject {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded' }) as JsonObject;
  } catch (error) {
    const { line, message } = error as { line?: number; message: string };
    const problem = message.split('\n')[0]?.replace(/^Invalid TOML document: /, '');
    throw new Error(line === undefined ? String(problem) : `line ${line}: ${problem}`);
  }
}

const same = (a: KeyPath, b: KeyPath): boolean => a.length === b.length && within(a, b);
const within = (path: KeyPath, outer: KeyPath): boolean => outer.every((key, at) => path[at] === key);

function applyToml(text: string, change: Change): string {
  switch (change.op) {
    case 'set':
      return setAt(text, change.path, change.value);
    case 'remove':
      return removed(text, change.path);
    case 'append':
    case 'drop': {
      const value = valueAt(changed(parseToml(text), [change]), change.path);
      return value === undefined ? text : setAt(text, change.path, value);
    }
  }
}

function setAt(text: string, path: KeyPath, value: Json): string {
  const statements = statementsOf(text);
  // The pair itself, or the inline table that holds it.
  const pair = statements.find((one) => one.kind === 'pair' && within(path, one.path));
  if (pair) {
    refuseOuter(pair, path);
    const current = valueAt(parseToml(text), pair.path) ?? {};
    const rest = path.slice(pair.path.length);
    const next = rest.length === 0 ? value : changed(current as JsonObject, [{ op: 'set', path: rest, value }]);
    return text.slice(0, pair.valueStart) + written(next) + text.slice(pair.valueEnd);
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    if (statements.some((one) => one.kind === 'table' && same(one.path, path))) {
      return entries.reduce((now, [key, inner]) => setAt(now, [...path, key], inner), text);
    }
    return appended(text, tables(path, value));
  }
  const table = path.slice(0, -1);
  const line = `${keyText(path.at(-1) ?? '')} = ${written(value)}`;
  if (table.length > 0 && !statements.some((one) => one.kind === 'table' && same(one.path, table))) {
    return appended(text, [`[${table.map(keyText).join('.')}]`, line]);
  }
  return insertedAt(text, lineFor(text, statements, table), line);
}

/** Writing an inline table anew would lose how others' values in it are written, so only one of our own is. */
function refuseOuter(pair: Statement, path: KeyPath): void {
  if (pair.path.length === 1 && path.length > 1)
    throw new Error(`"${pair.path[0]}" is an inline table; make it a [table]`);
}

/** The offset of the line on which a new pair of a table goes: behind its last pair. */
function lineFor(text: string, statements: readonly Statement[], table: KeyPath): number {
  const own = statements.findLast((one) => same(one.table, table) && (one.kind === 'pair' || one.kind === 'table'));
  if (own) return own.end;
  // At the top of a text that has no pairs there: below its first lines of comment, if a blank line follows them.
  return /^(?:[ \t]*#[^\n]*\n)+(?=\r?\n)/.exec(text)?.[0].length ?? 0;
}

function insertedAt(text: string, offset: number, line: string): string {
  const lineEnd = lineEndOf(text);
  const before = text.slice(0, offset);
  const open = before !== '' && !before.endsWith('\n') ? lineEnd : '';
  const rest = text.slice(offset);
  const gap = rest.startsWith('[') && !/\n\r?\n$/.test(before) && before.trim() === '' ? lineEnd : '';
  return before + open + line + lineEnd + gap + rest;
}

function appended(text: string, lines: readonly string[]): string {
  const lineEnd = lineEndOf(text);
  const open = text === '' || text.endsWith('\n') ? '' : lineEnd;
  const gap = text.trim() === '' || /\n\r?\n$/.test(text) ? '' : lineEnd;
  return text + open + gap + lines.map((line) => line + lineEnd).join('');
}

/** A table with its pairs, and the tables in it below. */
function tables(path: KeyPath, value: JsonObject): string[] {
  const inner = Object.entries(value).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
  const pairs = Object.entries(value).filter(([, one]) => !isObject(one));
  return [
    `[${path.map(keyText).join('.')}]`,
    ...pairs.map(([key, one]) => `${keyText(key)} = ${written(one)}`),
    ...inner.flatMap(([key, one]) => ['', ...tables([...path, key], one)]),
  ];
}

function removed(text: string, path: KeyPath): string {
  const statements = statementsOf(text);
  const holder = statements.find((one) => one.kind === 'pair' && within(path, one.path) && !same(path, one.path));
  if (holder) {
    refuseOuter(holder, path);
    const current = valueAt(parseToml(text), holder.path) as JsonObject;
    const next = changed(current, [{ op: 'remove', path: path.slice(holder.path.length) }]);
    return text.slice(0, holder.valueStart) + written(next) + text.slice(holder.valueEnd);
  }
  const gone = statements.filter((one) => within(one.path, path) || within(one.table, path)).toReversed();
  return gone.reduce((now, { kind, start, end }) => {
    // The blank line that set a table off goes with it, and at the end of the text no second one stays.
    const gap = kind === 'pair' ? '' : (/(?<=\n)\r?\n$/.exec(now.slice(0, start))?.[0] ?? '');
    return now.slice(0, start - gap.length) + now.slice(end);
  }, text);
}

const keyText = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));

/** A value on one line. What JSON writes as a string is one in TOML too, except for DEL. */
function written(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (isObject(value)) {
    const pairs = Object.entries(value).map(([key, inner]) => `${keyText(key)} = ${written(inner)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  if (value === null) throw new Error('TOML has no null');
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
  return String(value);
}
