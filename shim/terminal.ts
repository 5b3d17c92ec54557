import { styleText } from 'node:util';

export { safe, safeText } from '../shared/format.ts';

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** What most texts are; told at once, since looking at each character takes long in a program that ends at once. */
const plain = /^[\x20-\x7e]*$/;

const widthOf = (character: string): number => (/\p{M}/u.test(character) ? 0 : wide.test(character) ? 2 : 1);

/** Columns that a safe text takes. Good for Latin, East Asian text and most emoji; others may be off by a little. */
export const width = (text: string): number =>
  plain.test(text) ? text.length : [...text].reduce((sum, character) => sum + widthOf(character), 0);

/** The text cut to `columns`, with `…` where something is missing. */
export function shorten(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let cut = '';
  let used = 1;
  for (const character of text) {
    used += widthOf(character);
    if (used > columns) break;
    cut += character;
  }
  return `${cut}…`;
}

/** Columns of the terminal; undefined where output goes elsewhere, which is never cut. */
export const terminalColumns = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined);

type Style = Parameters<typeof styleText>[0];

/** Coloured where stdout is a terminal that wants it (`NO_COLOR`, `TERM=dumb` and pipes do not), or `FORCE_COLOR` says so. */
export const colour = (style: Style, text: string): string =>
  process.stdout.isTTY || process.env.FORCE_COLOR !== undefined
    ? styleText(style, text, { stream: process.stdout })
    : text;

/**
 * Ends this process once all is printed, with the exit code that it has. Node takes itself down more slowly when it is
 * left to: 3 of 80 ms. Nothing of the command may go on.
 */
export function leave(): void {
  if (process.stdout.writableLength === 0) process.exit();
}

const gap = '  ';

/**
 * Rows under a header, in columns as wide as their contents. The last column takes what is left of `columns`, and
 * where that is too little the columns before it go, from the right, until the first and the last remain. `paint`
 * colours a finished cell; the texts must be safe.
 */
export function table(
  rows: readonly (readonly string[])[],
  columns: number | undefined,
  paint: (cell: string, column: number, row: number) => string = (cell) => cell,
): string {
  const count = rows[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => width(row[at] ?? ''))));
  const leastLast = 16;
  let shown = widths.map((_, at) => at);
  const before = () => shown.slice(0, -1).reduce((sum, at) => sum + (widths[at] ?? 0) + gap.length, 0);
  while (columns !== undefined && shown.length > 2 && before() + leastLast > columns) shown = shown.toSpliced(-2, 1);
  const left = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(1, columns - before());
  const line = (row: readonly string[], index: number): string =>
    shown
      .map((at, place) => {
        const cell = row[at] ?? '';
        if (place === shown.length - 1) return paint(shorten(cell, left), at, index);
        return paint(cell, at, index) + ' '.repeat((widths[at] ?? 0) - width(cell));
      })
      .join(gap)
      .trimEnd();
  return rows.map(line).join('\n');
}
