import { type Command, InvalidArgumentError } from 'commander';
import { duration } from '../../shared/format.ts';
import { pathsIn } from '../../shared/paths.ts';
import type { JobRow } from '../../shared/wire.ts';
import { askStarting } from '../http.ts';
import { colour, safe, table, terminalColumns } from '../terminal.ts';

const most = 10_000;

/** `qantara jobs …`: the persistent jobs. */
export function addJobs(program: Command): void {
  const jobs = program.command('jobs').description('the jobs of this store, newest first');
  jobs
    .command('ls')
    .description('list jobs; starts the daemon when none runs')
    .option('--json', 'as JSON, times in ms since the epoch')
    .option('--limit <number>', 'how many at most', readLimit, 50)
    .action(listJobs);
  jobs
    .command('cancel <job...>')
    .description('stop jobs with everything they started; what they changed on disk stays')
    .action((ids: string[]) =>
      each(
        ids,
        'POST',
        (id) => `/jobs/${id}/cancel`,
        (row) => `${row.id} ${row.state}`,
      ),
    );
  jobs
    .command('rm <job...>')
    .description('stop jobs if they run, and remove them with their folders')
    .action((ids: string[]) =>
      each(
        ids,
        'DELETE',
        (id) => `/jobs/${id}`,
        (row) => `${row.id} removed`,
      ),
    );
}

/** Asks the same for each job, in turn, and says what became of it. Throws at the first that fails. */
async function each(
  ids: readonly string[],
  method: 'POST' | 'DELETE',
  path: (id: string) => string,
  say: (row: JobRow) => string,
): Promise<void> {
  const paths = pathsIn();
  for (const id of ids) console.log(say(await askStarting<JobRow>(paths, method, path(encodeURIComponent(id)))));
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= most) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
}

async function listJobs({ json, limit }: { json?: boolean; limit: number }): Promise<void> {
  const paths = pathsIn();
  const rows = await askStarting<JobRow[]>(paths, 'GET', `/jobs?limit=${limit}`);
  if (json) console.log(JSON.stringify(rows, null, 2));
  else if (rows.length === 0) console.log('There are no jobs yet.');
  else console.log(table([header, ...rows.map((row) => cellsOf(row, Date.now()))], terminalColumns(), paint));
}

const header = ['JOB', 'STATE', 'AGE', 'RAN', 'HOST', 'TASK'];
const stateColumn = 1;

/** One row of the table, every text made safe for a terminal. */
export function cellsOf(row: JobRow, now: number): string[] {
  const ran = row.startedAt === null ? '-' : duration((row.endedAt ?? now) - row.startedAt);
  return [row.id, row.state, duration(now - row.createdAt), ran, row.host ?? row.parent ?? '-', row.task].map(safe);
}

const colours: Record<string, Parameters<typeof colour>[0]> = {
  running: 'cyan',
  succeeded: 'green',
  failed: 'red',
  timed_out: 'red',
  lost: 'red',
  cancelled: 'yellow',
};

function paint(cell: string, column: number, row: number): string {
  if (row === 0) return colour('bold', cell);
  const style = column === stateColumn ? colours[cell] : undefined;
  return style ? colour(style, cell) : cell;
}
