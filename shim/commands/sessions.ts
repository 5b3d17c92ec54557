import type { Command } from 'commander';
import { duration } from '../../shared/format.ts';
import { pathsIn } from '../../shared/paths.ts';
import type { SessionDetail, SessionRow } from '../../shared/wire.ts';

import { askStarting, query } from '../http.ts';
import { colour, safe, table, terminalColumns } from '../terminal.ts';
import { readLimit } from './values.ts';

const examples = (lines: string): string => `\nExamples:\n${lines}`;

/** `qantara sessions …`: the agents' conversations that can be resumed. */
export function addSessions(program: Command): void {
  const sessions = program
    .command('sessions')
    .description("the agents' conversations, which can be resumed")
    .addHelpText('after', examples('  qantara sessions ls\n  qantara sessions resume 019a3f'));
  sessions
    .command('ls')
    .description('list sessions, the last used first')
    .option('--agent <agent>', 'only of this agent')
    .option('--host <host>', 'only last used by this host')
    .option('--cwd <directory>', 'only in this directory or below it')
    .option('--limit <number>', 'how many at most', readLimit, 50)
    .option('--json', 'as JSON, times in ms since the epoch')
    .addHelpText('after', examples('  qantara sessions ls --agent codex --cwd .\n  qantara sessions ls --json'))
    .action(listSessions);
  sessions
    .command('show <session>')
    .description('one session with its jobs, by its id or how that begins')
    .option('--json', 'as JSON, times in ms since the epoch')
    .addHelpText('after', examples('  qantara sessions show 019a3f'))
    .action(showSession);
  sessions
    .command('resume <session>')
    .description("go on with a session in its agent's own screen, in its directory; the exit code is the agent's")
    .option('--print', 'only print the command, for a POSIX shell')
    .option('--json', 'only print the command, as JSON')
    .addHelpText('after', examples('  qantara sessions resume 019a3f\n  qantara sessions resume 019a3f --print'))
    .action(resumeSession);
}

interface ListFlags {
  agent?: string;
  host?: string;
  cwd?: string;
  limit: number;
  json?: boolean;
}

async function listSessions({ json, cwd, ...filter }: ListFlags): Promise<void> {
  const { resolve } = await import('node:path');
  const path = `/sessions${query({ ...filter, cwd: cwd === undefined ? undefined : resolve(cwd) })}`;
  const rows = await askStarting<SessionRow[]>(pathsIn(), 'GET', path);
  if (json) return console.log(JSON.stringify(rows, null, 2));
  if (rows.length === 0) return console.log('There are no such sessions.');
  const cells = rows.map((row) =>
    [row.id, row.agent, duration(Date.now() - row.usedAt), row.host, row.lastJob, row.cwd].map(safe),
  );
  console.log(
    table([['SESSION', 'AGENT', 'USED', 'HOST', 'LAST JOB', 'DIRECTORY'], ...cells], terminalColumns(), head),
  );
}

const head = (cell: string, _column: number, row: number): string => (row === 0 ? colour('bold', cell) : cell);

const detailOf = (id: string): Promise<SessionDetail> =>
  askStarting<SessionDetail>(pathsIn(), 'GET', `/sessions/${encodeURIComponent(id)}`);

async function showSession(id: string, { json }: { json?: boolean }): Promise<void> {
  const session = await detailOf(id);
  if (json) return console.log(JSON.stringify(session, null, 2));
  const { resumeOf, shellLine } = await import('../resume.ts');
  const facts = {
    session: session.id,
    agent: session.agent,
    directory: session.cwd,
    host: session.host,
    used: `${duration(Date.now() - session.usedAt)} ago, by ${session.lastJob}`,
    'in use': session.busy ?? 'no',
    resume: shellLine(resumeOf(session)),
  };
  for (const [name, value] of Object.entries(facts)) console.log(`${name.padEnd(10)}${safe(value)}`);
  const cells = session.jobs.map((job) =>
    [job.id, job.state, duration(Date.now() - job.createdAt), job.task].map(safe),
  );
  console.log(`\n${table([['JOB', 'STATE', 'AGE', 'TASK'], ...cells], terminalColumns(), head)}`);
}

async function resumeSession(id: string, flags: { print?: boolean; json?: boolean }): Promise<void> {
  const session = await detailOf(id);
  const { resumeOf, runResume, shellLine } = await import('../resume.ts');
  const resume = resumeOf(session);
  if (flags.json) return console.log(JSON.stringify(resume, null, 2));
  if (flags.print) return console.log(shellLine(resume));
  process.exitCode = await runResume(session, resume);
}
