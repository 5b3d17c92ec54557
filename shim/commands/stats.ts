import { type Command, Option } from 'commander';
import { duration } from '../../shared/format.ts';
import { pathsIn } from '../../shared/paths.ts';
import { type Stats, type StatsGroup, type StatsRow, statsGroups } from '../../shared/wire.ts';

import { askStarting, query } from '../http.ts';
import { colour, safe, table, terminalColumns } from '../terminal.ts';
import { readLimit, readMoment } from './values.ts';

interface Flags {
  by: StatsGroup;
  since?: number;
  limit: number;
  json?: boolean;
}

/** `qantara stats`: what the jobs came to. */
export function addStats(program: Command): void {
  program
    .command('stats')
    .description('how many jobs, how they ended, and what they took in time, tokens and cost')
    .addOption(new Option('--by <group>', 'one line for each').choices(statsGroups).default('agent'))
    .option('--since <when>', 'only jobs since then: 30m, 2h, 7d, or a date such as 2026-11-25', readMoment)
    .option('--limit <number>', 'how many lines at most', readLimit, 50)
    .option('--json', 'as JSON, times in ms')
    .addHelpText(
      'after',
      '\nExamples:\n  qantara stats --since 7d\n  qantara stats --by day --limit 14\n  qantara stats --by project --json',
    )
    .action(showStats);
}

async function showStats({ json, ...asked }: Flags): Promise<void> {
  const stats = await askStarting<Stats>(pathsIn(), 'GET', `/stats${query({ ...asked })}`);
  if (json) return console.log(JSON.stringify(stats, null, 2));
  if (stats.total.jobs === 0) return console.log('There are no such jobs.');
  const head = [stats.by.toUpperCase(), 'JOBS', 'DONE', 'TIME', 'TOKENS IN', 'OUT', 'COST'];
  const rows = [head, ...stats.rows.map(cellsOf), cellsOf(stats.total)];
  const bold = (cell: string, _column: number, row: number) =>
    row === 0 || row === rows.length - 1 ? colour('bold', cell) : cell;
  console.log(table(rows, terminalColumns(), bold));
}

function cellsOf(row: StatsRow): string[] {
  const ended = row.jobs - row.unfinished;
  const done = ended === 0 ? '-' : `${Math.floor((100 * row.succeeded) / ended)}%`;
  // An unknown cost must not look like none.
  const cost = row.costUnknown === row.jobs ? '-' : `${row.costUnknown > 0 ? '≥' : ''}$${row.costUsd.toFixed(2)}`;
  const tokens = [row.inputTokens, row.outputTokens].map(String);
  return [safe(row.key), String(row.jobs), done, duration(row.ranMs), ...tokens, cost];
}
