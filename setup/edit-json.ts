import { findNodeAtLocation, type Node, type ParseError, parse, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type Change, isObject, type Json, type JsonObject } from './edits.ts';
import { type Format, lineEndOf } from './format.ts';

/**
 * Editing JSON in place. `jsonc-parser` finds where things are; its own `modify` is not used, because it puts a new
 * property before the comment that belongs to the one above.
 */
export interface Dialect {
  /** Whether the host reads a file with comments; otherwise such a file does not parse for it either. */
  comments: boolean;
  trailingCommas: boolean;
}

/** The format of one host's JSON. An empty file counts as an empty object. */
export const jsonFormat = (dialect: Dialect): Format => ({
  parse: (text) => parseJson(text, dialect),
  impliesEmpty: false,
  apply: applyJson,
});

function parseJson(text: string, { comments, trailingCommas }: Dialect): JsonObject {
  if (text.trim() === '') return {};
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { disallowComments: !comments, allowTrailingComma: trailingCommas });
  const error = errors[0];
  if (error) throw new Error(`line ${lineOf(text, error.offset)}: ${printParseErrorCode(error.error)}`);
  if (!isObject(value)) throw new Error('its top level is no object');
  return value;
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

interface Patch {
  offset: number;
  length: number;
  text: string;
}

/** How a text is laid out. */
interface Layout {
  lineEnd: string;
  /** One level of indentation. */
  unit: string;
  /** Between a colon and its value, and after a comma within a line. */
  space: string;
  oneLine: boolean;
}

function layoutOf(text: string, root: Node): Layout {
  const first = root.children?.[0];
  const spaced = first?.colonOffset === undefined || /\s/.test(text[first.colonOffset + 1] ?? ' ');
  return {
    lineEnd: lineEndOf(text),
    unit: /\n([ \t]+)"/.exec(text)?.[1] ?? '  ',
    space: spaced ? ' ' : '',
    oneLine: first !== undefined && !text.trim().includes('\n'),
  };
}

function applyJson(text: string, change: Change): string {
  const source = text.trim() === '' ? `{}${text || '\n'}` : text;
  const root = parseTree(source, [], { allowTrailingComma: true });
  if (!root) throw new Error('it holds no value');
  const layout = layoutOf(source, root);
  return patched(source, patchesFor(source, root, layout, change));
}

function patched(text: string, patches: readonly Patch[]): string {
  const order = patches.toSorted((a, b) => b.offset - a.offset);
  return order.reduce(
    (now, { offset, length, text: put }) => now.slice(0, offset) + put + now.slice(offset + length),
    text,
  );
}

function patchesFor(text: string, root: Node, layout: Layout, change: Change): Patch[] {
  const node = findNodeAtLocation(root, [...change.path]);
  switch (change.op) {
    case 'set':
      return node
        ? [replaced(text, node, layout, change.value)]
        : inserted(text, root, layout, change.path, change.value);
    case 'append':
      return node
        ? insertInto(text, node, layout, (base) => written(change.item, layout, base))
        : inserted(text, root, layout, change.path, [change.item]);
    case 'remove':
      return node?.parent ? removeFrom(text, node.parent) : [];
    case 'drop': {
      const items = node?.children?.filter((item) => item.value === change.item) ?? [];
      if (items.length > 1) throw new Error(`"${change.item}" stands more than once in "${change.path.join('.')}"`);
      return items.flatMap((item) => removeFrom(text, item));
    }
  }
}

/** The property with everything above it that is missing. */
function inserted(text: string, root: Node, layout: Layout, path: readonly string[], value: Json): Patch[] {
  let parent = root;
  let depth = 0;
  for (; depth < path.length - 1; depth++) {
    const next = findNodeAtLocation(root, path.slice(0, depth + 1));
    if (!next) break;
    parent = next;
  }
  const nested = path.slice(depth + 1).reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
  const key = JSON.stringify(path[depth]);
  return insertInto(text, parent, layout, (base) => `${key}:${layout.space}${written(nested, layout, base)}`);
}

/** A value as text; `base`: indentation of its line, undefined within a line. */
function written(value: Json, { unit, lineEnd, space }: Layout, base: string | undefined): string {
  if (base !== undefined) return JSON.stringify(value, null, unit).replaceAll('\n', lineEnd + base);
  return space
    ? JSON.stringify(value, null, 1).replace(
        /([[{])\n *|\n *([\]}])|\n */g,
        (_all, open, close) => open ?? close ?? ' ',
      )
    : JSON.stringify(value);
}

const indentationAt = (text: string, offset: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))?.[0] ?? '';

function replaced(text: string, node: Node, layout: Layout, value: Json): Patch {
  const base = layout.oneLine ? undefined : indentationAt(text, node.offset);
  return { offset: node.offset, length: node.length, text: written(value, layout, base) };
}

const endOf = (node: Node): number => node.offset + node.length;

/** The text between two offsets with its comments blanked out, so that a comma or bracket in it is a real one. */
const bare = (text: string, from: number, to: number): string =>
  text.slice(from, to).replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => ' '.repeat(comment.length));

/** Adds a property or element behind the others, after the comments that belong to them. */
function insertInto(
  text: string,
  container: Node,
  layout: Layout,
  body: (base: string | undefined) => string,
): Patch[] {
  const { lineEnd, unit, space } = layout;
  const close = endOf(container) - 1;
  const last = container.children?.at(-1);
  const from = last ? endOf(last) : container.offset + 1;
  const at = from + text.slice(from, close).trimEnd().length;
  const outer = indentationAt(text, container.offset);
  if (!last) {
    if (layout.oneLine) return [{ offset: at, length: close - at, text: body(undefined) }];
    const inner = outer + unit;
    return [{ offset: at, length: close - at, text: lineEnd + inner + body(inner) + lineEnd + outer }];
  }
  const separated = bare(text, from, close).includes(',');
  // A trailing comma is a habit of the file, so the new last one has it too.
  const [comma, trailing] = separated ? ['', ','] : [',', ''];
  if (!text.slice(container.offset, last.offset).includes('\n')) {
    return [{ offset: at, length: 0, text: comma + space + body(undefined) + trailing }];
  }
  const own = text.slice(text.lastIndexOf('\n', last.offset - 1) + 1, last.offset);
  const inner = own.trim() === '' ? own : outer + unit;
  const line = { offset: at, length: 0, text: lineEnd + inner + body(inner) + trailing };
  if (separated || at === from) return [{ ...line, text: comma + line.text }];
  return [{ offset: from, length: 0, text: comma }, line];
}

/** Takes out a property or element with its comma and, where it stood alone on it, its line. */
function removeFrom(text: string, node: Node): Patch[] {
  const siblings = node.parent?.children ?? [];
  const index = siblings.indexOf(node);
  const before = siblings[index - 1];
  const after = siblings[index + 1];
  const close = endOf(node.parent ?? node) - 1;
  const ownComma = bare(text, endOf(node), after?.offset ?? close).indexOf(',');
  const to = ownComma < 0 ? endOf(node) : endOf(node) + ownComma + 1;
  const from = node.offset - (/(\r?\n)?[ \t]*$/.exec(text.slice(0, node.offset))?.[0].length ?? 0);
  const patches: Patch[] = [{ offset: from, length: to - from, text: '' }];
  if (!before && !after && text.slice((node.parent?.offset ?? 0) + 1, from).trim() === '') {
    const rest = text.slice(to, close);
    if (rest.trim() === '') patches[0] = { offset: from, length: close - from, text: '' };
  }
  if (before && ownComma < 0) {
    const comma = endOf(before) + bare(text, endOf(before), node.offset).indexOf(',');
    if (comma >= from) return [{ offset: comma, length: to - comma, text: '' }];
    patches.push({ offset: comma, length: 1, text: '' });
  }
  return patches;
}
