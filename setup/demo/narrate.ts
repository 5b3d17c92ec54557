import { colour, safe, shorten, terminalColumns, width } from '../../shim/terminal.ts';

/** Wider lines are hard to read, also where there is room. */
const widest = 78;
const columns = (): number => Math.min(terminalColumns() ?? widest, widest);

/** The text in lines of at most `limit` columns, broken at spaces; a longer word has a line of its own. */
export function wrap(text: string, limit: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && width(longer) > limit) lines.push(line);
    line = line !== '' && width(longer) > limit ? word : longer;
  }
  return [...lines, line];
}

const print = (text: string, indent: string): void => {
  for (const line of wrap(text, columns() - indent.length)) console.log(`${indent}${line}`.trimEnd());
};

const indent = '   ';

/** The title of the whole, or of its end. */
export const title = (text: string): void => console.log(`\n${colour('bold', text)}`);

/** The beginning of a step. */
export const heading = (number: number, text: string): void => title(`${number}  ${text}`);

/** What happens, in our words. */
export const say = (text: string): void => print(text, indent);

/** Something that was checked. Only for what really was. */
export const checked = (text: string): void => {
  const [first = '', ...others] = wrap(text, columns() - indent.length - 2);
  console.log(`${indent}${colour('green', '✓')} ${first}`);
  for (const line of others) console.log(`${indent}  ${line}`);
};

/** Words of somebody else, made safe for a terminal: an agent's answer, a footer, a notice. */
export function quote(text: string): void {
  for (const line of text.split('\n')) {
    for (const part of wrap(safe(line), columns() - indent.length - 2)) {
      console.log(`${indent}${colour('dim', '|')} ${part}`.trimEnd());
    }
  }
}

/** One line that may not be wrapped: progress, a row of a table. It is cut where it is too long. */
export const row = (text: string): void => console.log(`${indent}${shorten(safe(text), columns() - indent.length)}`);

/** Something to copy into a shell, which is therefore neither wrapped nor cut. */
export const command = (text: string): void => console.log(`${indent}${colour('cyan', text)}`);
