/** `qantara`: the command line for people. One file of commands/ for each verb. */
import { Command, CommanderError } from 'commander';
import { exitCodeOf, QantaraError, wordsOf } from '../shared/errors.ts';
import { version } from '../shared/version.ts';
import { addDaemon } from './commands/daemon.ts';
import { addJobs } from './commands/jobs.ts';
import { addSetup } from './commands/setup.ts';

const usageExit = 2;

const exitCodes = `
Exit codes:
  0  done
  1  failed
  2  wrong usage, unknown job or bad configuration
  3  timed out
  5  the daemon cannot be reached or started
  6  Node.js is too old`;

async function main(): Promise<void> {
  const program = new Command('qantara')
    .description('The bridge between coding agents on this machine.')
    .version(version)
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', exitCodes)
    .exitOverride();
  for (const add of [addJobs, addDaemon, addSetup]) add(program);
  await program.parseAsync();
}

/** Says what went wrong once, on stderr, and returns the exit code of the table in `--help`. */
function report(error: unknown): number {
  // Commander has already written its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExit;
  process.stderr.write(`qantara: ${sentenceOf(error)}\n`);
  return error instanceof QantaraError ? exitCodeOf(error.code) : 1;
}

/** The error's own sentence; without the advice to look in a terminal where this is one. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof QantaraError) || error.code !== 'daemon_unavailable') return wordsOf(error);
  return `the daemon cannot be reached at ${error.data.path}: ${error.data.problem}`;
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', () => process.exit(0));
main().catch((error: unknown) => {
  process.exitCode = report(error);
});
