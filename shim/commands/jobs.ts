import type { Command } from 'commander';
import { readDuration, readLimit, readMoment, readOutcomes, readStates } from './values.ts';

const named = `
A job is named by its id (codex-42), its number (42), the beginning of its id where that is enough, or -1 for the
latest, -2 for the one before it.`;

/** `qantara jobs …`: the persistent jobs. */
export function addJobs(program: Command): void {
  const jobs = program.command('jobs').description('the jobs of this store').addHelpText('after', named);
  jobs
    .command('ls')
    .description('list jobs, newest first')
    .option('--state <states>', 'only these, a comma list: running, failed, …', readStates)
    .option('--agent <name>', 'only of this agent')
    .option('--host <name>', 'only those that this host asked for; terminal: from here')
    .option('--cwd <directory>', 'only in this directory or below it')
    .option('--since <when>', 'only those accepted since: 2h, 7d or a date', readMoment)
    .option('--limit <number>', 'how many at most', readLimit, 50)
    .option('--tree', 'what was delegated stands below what delegated it')
    .option('--watch', 'keep the list on the terminal and up to date; Ctrl-C ends it')
    .option('--json', 'as JSON, times in ms since the epoch')
    .addHelpText(
      'after',
      `
Examples:
  qantara jobs ls --state running,queued --watch
  qantara jobs ls --agent codex --since 2d --json
  qantara jobs ls --cwd . --tree`,
    )
    .action(async (options: object) => (await import('./jobs/ls.ts')).ls(options as never));
  jobs
    .command('show')
    .argument('<job>', 'its name')
    .description('all that is known of a job: brief, outcome, result, session, usage, files, policy')
    .option('--json', 'as JSON, with the whole answer')
    .addHelpText('after', `${named}\n\nExamples:\n  qantara jobs show codex-42\n  qantara jobs show -1 --json`)
    .action(async (job: string, options: object) => (await import('./jobs/show.ts')).show(job, options));
  jobs
    .command('logs')
    .argument('<job>', 'its name')
    .description('what its agent did')
    .option('-f, --follow', 'go on with what it does, until it ends')
    .option('--since <when>', 'only what came since: 5m, 2h or a date', readMoment)
    .option('--raw', "the agent's own stream; exact where stdout is no terminal")
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `${named}

Examples:
  qantara jobs logs -f codex-42
  qantara jobs logs --raw -1 > stream.jsonl`,
    )
    .action(async (job: string, options: object) => (await import('./jobs/logs.ts')).logs(job, options));
  jobs
    .command('wait')
    .argument('<job...>', 'their names')
    .description('wait until jobs have ended; the exit code is that of the first that did not succeed')
    .option('--any', 'until one of them has ended')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `${named}\n\nExamples:\n  qantara jobs wait codex-42 claude-43\n  qantara jobs wait --any 42 43`,
    )
    .action(async (ids: string[], options: object) => (await import('./jobs/wait.ts')).wait(ids, options));
  jobs
    .command('cancel')
    .argument('<job...>', 'their names')
    .description('stop jobs with everything they started; what they changed on disk stays')
    .addHelpText('after', `${named}\n\nExample:\n  qantara jobs cancel codex-42`)
    .action(async (ids: string[]) => (await import('./jobs/end.ts')).cancel(ids));
  jobs
    .command('rm')
    .argument('<job...>', 'their names')
    .description('stop jobs if they run, and remove them with their folders')
    .addHelpText('after', `${named}\n\nExample:\n  qantara jobs rm codex-42`)
    .action(async (ids: string[]) => (await import('./jobs/end.ts')).rm(ids));
  jobs
    .command('prune')
    .description('remove ended jobs; those whose result nobody has read stay')
    .option('--older-than <duration>', 'only those that ended this long ago or longer: 12h, 7d', readDuration)
    .option('--state <outcomes>', 'only those that ended so, a comma list: failed, cancelled, …', readOutcomes)
    .option('--unread', 'also those whose result nobody has read')
    .option('--dry-run', 'only say which')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  qantara jobs prune --older-than 7d\n  qantara jobs prune --state failed,cancelled --yes',
    )
    .action(async (options: object) => (await import('./jobs/prune.ts')).prune(options));
}
