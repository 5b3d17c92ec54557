import { parse, TomlError } from 'smol-toml';
import { nearest } from '../../shared/nearest.ts';
import type { Setting, Value } from '../../shared/setting.ts';
import { type Statement, statementsOf } from '../../shared/toml-scan.ts';
import type { WrittenKey } from '../../shared/wire.ts';
import { fits, keyOf, type Section, sectionAt, sections, titleOf } from './table.ts';

/** One key as the owner wrote it, with what it means. */
export interface Entry extends WrittenKey {
  value: Value;
}

export interface Problem {
  line: number;
  /** What is wrong and what is allowed; no full stop. */
  text: string;
}

/** What a text of config.toml says, and everything that is wrong with it. */
export interface Reading {
  entries: Entry[];
  problems: Problem[];
}

/** Reads a text against the table of sections. Never throws. */
export function readToml(text: string): Reading {
  try {
    const reading: Reading = { entries: [], problems: [] };
    walk(parse(text), [], reading, lineFinder(text));
    reading.problems.sort((a, b) => a.line - b.line);
    return reading;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const words = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '');
    return { entries: [], problems: [{ line: error.line, text: String(words) }] };
  }
}

/** What keys mean that were written elsewhere, such as for a daemon of another release. */
export const entriesOf = (written: readonly WrittenKey[]): Entry[] =>
  written.map((one) => {
    const section = sectionAt(one.path);
    const setting = section && keyOf(section, one.name);
    return { ...one, value: (setting ? valueIn(setting, one.text)?.value : one.text) ?? undefined };
  });

type LineOf = (path: readonly string[]) => number;

/** The line on which a key or a section stands: its own, that of an inline table around it, or of its first part. */
function lineFinder(text: string): LineOf {
  const statements = statementsOf(text);
  const starts = (path: readonly string[], whole: readonly string[]) => path.every((part, at) => whole[at] === part);
  const find = (path: readonly string[]): Statement | undefined =>
    statements.find((one) => starts(one.path, path) && one.path.length === path.length) ??
    statements.find((one) => one.kind === 'pair' && starts(one.path, path)) ??
    statements.find((one) => starts(path, one.path));
  return (path) => text.slice(0, find(path)?.start ?? 0).split('\n').length;
}

function walk(table: Record<string, unknown>, path: string[], reading: Reading, lineOf: LineOf): void {
  const section = sectionAt(path);
  for (const name of section?.required ?? []) {
    if (name in table) continue;
    reading.problems.push({ line: lineOf(path), text: `${titleOf(path)} has no "${name}", which it needs` });
  }
  for (const [name, raw] of Object.entries(table)) {
    const here = [...path, name];
    const line = lineOf(here);
    if (sections.some((one) => fits(one, here))) {
      if (isTable(raw)) walk(raw, here, reading, lineOf);
      else
        reading.problems.push({ line, text: `${name} is ${shown(raw)}, which is not a table: write ${titleOf(here)}` });
      continue;
    }
    const setting = section && keyOf(section, name);
    const read = setting && valueIn(setting, raw);
    if (read) reading.entries.push({ path, name, ...read, line });
    else
      reading.problems.push({
        line,
        text: setting ? badValue(path, name, raw, setting) : unknown(path, name, section),
      });
  }
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Undefined where it is not allowed. An empty text counts as not set where that is the default. */
function valueIn(setting: Setting, raw: unknown): { text: string; value: Value } | undefined {
  const text = textOf(raw);
  if (text === undefined) return undefined;
  if (text === '' && setting.fallback === undefined) return { text, value: undefined };
  const value = setting.read(text);
  return value === null ? undefined : { text, value };
}

/** A value as a variable would hold it; undefined where it cannot be one. */
function textOf(raw: unknown): string | undefined {
  if (typeof raw === 'string') return raw;
  if (typeof raw === 'boolean') return raw ? '1' : '0';
  if (typeof raw === 'number') return String(raw);
  if (Array.isArray(raw) && raw.every((item) => typeof item === 'string')) return raw.join(',');
  return undefined;
}

const longest = 80;
const shown = (raw: unknown): string => {
  const text = JSON.stringify(raw);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
};

const badValue = (path: string[], name: string, raw: unknown, { expected, secret }: Setting): string =>
  secret
    ? `${name} in ${titleOf(path)} is not a text`
    : `${name} in ${titleOf(path)} is ${shown(raw)}, which is not ${expected}`;

/** What to say of a name that means nothing there: the nearest that does, or where it belongs. */
function unknown(path: string[], name: string, section: Section | undefined): string {
  const what = section ? `there is no key "${name}" in ${titleOf(path)}` : `there is no section or key "${name}" here`;
  const here = section ? Object.keys(section.keys) : namesBelow(path);
  const meant = nearest(name, here);
  if (meant) return `${what}; did you mean "${meant}"?`;
  if (section?.anyKey) return `"${name}" in ${titleOf(path)} is not ${section.anyKey.expected}`;
  const elsewhere = sections.filter(({ keys }) => Object.hasOwn(keys, name)).map((one) => titleOf(one.path));
  if (elsewhere.length > 0) return `${what}; it belongs into ${elsewhere.join(' or ')}`;
  return `${what}; known: ${here.join(', ')}`;
}

/** The parts that a section's path may go on with. */
const namesBelow = (path: string[]): string[] => [
  ...new Set(sections.filter((one) => fits(one, path)).map((one) => String(one.path[path.length]))),
];
