import { colour, safe, shorten, terminalColumns, width } from '../../shim/terminal.ts';
import type { Result, State } from './check.ts';

/** Columns of a line that is not a terminal's, and the most of one that is. */
const usual = 80;
const marks: Record<State, { word: string; style: Parameters<typeof colour>[0] }> = {
  ok: { word: 'ok', style: 'green' },
  warning: { word: 'warning', style: 'yellow' },
  fault: { word: 'FAULT', style: 'red' },
  skipped: { word: 'skipped', style: 'dim' },
};
const indent = ' '.repeat(11);

/** All results by group: one line each, and what is wrong in full with its remedy below. */
export function resultsText(results: readonly Result[]): string {
  const columns = Math.min(terminalColumns() ?? usual, usual);
  const groups = [...new Set(results.map(({ group }) => group))];
  return groups
    .map((group) => {
      const lines = results.filter((one) => one.group === group).map((one) => resultText(one, columns));
      return [colour('bold', group), ...lines].join('\n');
    })
    .join('\n');
}

function resultText(result: Result, columns: number): string {
  const { id, title, status, detail, remedy, fix, did } = result;
  const { word, style } = marks[status];
  const head = `  ${colour(style, word.padEnd(8))} ${safe(title)}`;
  const text = safe(detail);
  const used = 11 + width(title) + 2;
  const mended = did === undefined ? [] : wrapped(`mended: ${safe(did)}`, columns);
  if (status === 'ok' || status === 'skipped')
    return [`${head}: ${shorten(text, columns - used)}`, ...mended].join('\n');
  const does = remedy && `${indent}${colour('cyan', '→')} ${safe(remedy)}${fix ? colour('dim', '  (or --fix)') : ''}`;
  return [`${head} ${colour('dim', `[${id}]`)}`, ...wrapped(text, columns), ...(does ? [does] : []), ...mended].join(
    '\n',
  );
}

/** Words over lines of at most `columns`, indented; a word that is longer stays whole. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && width(line) + 1 + width(word) <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}

export function summaryText(results: readonly Result[]): string {
  const count = (state: State) => results.filter(({ status }) => status === state).length;
  const [faults, warnings] = [count('fault'), count('warning')];
  const plural = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  if (faults + warnings === 0) return colour('green', 'All is well.');
  const words = `${plural(faults, 'fault')}, ${plural(warnings, 'warning')}, ${count('ok')} ok.`;
  const fixable = results.some(({ fix }) => fix) ? ' `qantara doctor --fix` mends what is safe to mend.' : '';
  return colour(faults > 0 ? 'red' : 'yellow', words) + fixable;
}
