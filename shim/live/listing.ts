import { duration } from '../../shared/format.ts';
import type { JobRow } from '../../shared/wire.ts';
import { colour, safe, table } from '../terminal.ts';
import { ranMs, stateWords } from './outcome.ts';

const header = ['JOB', 'STATE', 'AGE', 'RAN', 'HOST', 'TASK'];
const stateColumn = 1;

/** One row of the table, every text made safe for a terminal. */
export function cellsOf(row: JobRow, now: number): string[] {
  const ran = row.startedAt === null ? '-' : duration(ranMs(row, now));
  const age = duration(Math.max(0, now - row.createdAt));
  return [row.id, stateWords(row.state), age, ran, row.host ?? '-', row.task].map(safe);
}

const colours: Record<string, Parameters<typeof colour>[0]> = {
  running: 'cyan',
  succeeded: 'green',
  failed: 'red',
  'timed out': 'red',
  lost: 'red',
  cancelled: 'yellow',
};

function paint(cell: string, column: number, row: number): string {
  if (row === 0) return colour('bold', cell);
  const style = column === stateColumn ? colours[cell] : undefined;
  return style ? colour(style, cell) : cell;
}

/** Jobs below those that delegated them, the eldest first; a job whose parent is not among them stands by itself. */
export function asTree(rows: readonly JobRow[]): { row: JobRow; branch: string }[] {
  const known = new Set(rows.map(({ id }) => id));
  const children = new Map<string, JobRow[]>();
  // They come newest first.
  for (const row of rows) if (row.parent) children.set(row.parent, [row, ...(children.get(row.parent) ?? [])]);
  const below = (row: JobRow, branch: string, indent: string): { row: JobRow; branch: string }[] => {
    const own = children.get(row.id) ?? [];
    return [
      { row, branch },
      ...own.flatMap((child, at) => {
        const last = at === own.length - 1;
        return below(child, `${indent}${last ? '└ ' : '├ '}`, `${indent}${last ? '  ' : '│ '}`);
      }),
    ];
  };
  return rows.filter(({ parent }) => !parent || !known.has(parent)).flatMap((row) => below(row, '', ''));
}

/** The list of jobs as a table. */
export function listing(
  rows: readonly JobRow[],
  { tree, columns, now }: { tree: boolean; columns: number | undefined; now: number },
): string {
  if (rows.length === 0) return 'There are no jobs yet.';
  const shown = tree ? asTree(rows) : rows.map((row) => ({ row, branch: '' }));
  const cells = shown.map(({ row, branch }) => {
    const [id = '', ...rest] = cellsOf(row, now);
    return [branch + id, ...rest];
  });
  return table([header, ...cells], columns, paint);
}
