/**
 * Where the statements of a TOML text are. It reads only what has been parsed without an error (`smol-toml`), so it
 * need not judge, only find.
 */
export interface Statement {
  kind: 'table' | 'tables' | 'pair';
  /** The full path, with that of the table it stands in. */
  path: string[];
  /** The table it stands in; empty at the top. */
  table: string[];
  /** Offsets of the statement with its line's indentation, and after its line end. */
  start: number;
  end: number;
  /** Offsets of a pair's value. */
  valueStart: number;
  valueEnd: number;
}

export function statementsOf(text: string): Statement[] {
  const found: Statement[] = [];
  let table: string[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    at += /^[ \t]*/.exec(text.slice(at))?.[0].length ?? 0;
    const next = text[at];
    if (next === '[') {
      const many = text[at + 1] === '[';
      const [path, close] = keyAt(text, at + (many ? 2 : 1));
      table = path;
      at = lineAfter(text, close);
      found.push({ kind: many ? 'tables' : 'table', path, table, start, end: at, valueStart: at, valueEnd: at });
    } else if (next !== undefined && !'#\r\n'.includes(next)) {
      const [path, equals] = keyAt(text, at);
      const valueStart = equals + 1 + (/^[ \t]*/.exec(text.slice(equals + 1))?.[0].length ?? 0);
      const valueEnd = valueEndOf(text, valueStart);
      at = lineAfter(text, valueEnd);
      found.push({ kind: 'pair', path: [...table, ...path], table, start, end: at, valueStart, valueEnd });
    } else {
      at = lineAfter(text, at);
    }
  }
  return found;
}

function lineAfter(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** A dotted key and the offset of what ends it: `=` or `]`. */
function keyAt(text: string, offset: number): [string[], number] {
  const path: string[] = [];
  let at = offset;
  for (;;) {
    const part = /^[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*/.exec(text.slice(at, at + 4096));
    if (!part) throw new Error(`line ${text.slice(0, at).split('\n').length}: a key that cannot be read here`);
    path.push(part[1] === undefined ? (part[2] ?? part[3] ?? '') : unescaped(part[1]));
    at += part[0].length;
    if (text[at] !== '.') return [path, at];
    at++;
  }
}

/** TOML's escapes in a key are those of JSON and `\U` and `\e`, which nobody has in a name that we look for. */
function unescaped(key: string): string {
  try {
    return JSON.parse(`"${key}"`);
  } catch {
    return key;
  }
}

const openers = new Set(['[', '{']);
const closers = new Set([']', '}']);

function valueEndOf(text: string, start: number): number {
  let at = start;
  let depth = 0;
  let end = start;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '"' || character === "'") {
      at = stringEnd(text, at, character);
      end = at;
      continue;
    }
    if (character === '#' || character === '\n') {
      if (depth === 0) return end;
      at = lineAfter(text, at);
      continue;
    }
    if (openers.has(character)) depth++;
    if (closers.has(character)) depth--;
    at++;
    if (!/\s/.test(character)) end = at;
  }
  return end;
}

function stringEnd(text: string, start: number, quote: string): number {
  const fence = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  let at = start + fence.length;
  while (at < text.length) {
    if (quote === '"' && text[at] === '\\') at += 2;
    else if (text.startsWith(fence, at)) {
      at += fence.length;
      // A multi-line string may end in up to two quotes of its own before the fence.
      while (fence.length === 3 && text[at] === quote) at++;
      return at;
    } else at++;
  }
  return at;
}
