import { CommanderError } from 'commander';
import { exitCodeOf, QantaraError, wordsOf } from '../shared/errors.ts';
import { commands } from './commands/index.ts';
import { usageExit } from './exit-codes.ts';
import { quick } from './quick.ts';

/** Runs the command that the arguments name and sets the exit code of this process. Never throws. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', () => process.exit(0));
  try {
    if (args[0] === '__complete') return (await import('./complete.ts')).complete(args.slice(1));
    const named = commands.find(({ name }) => name === args[0]);
    const run = named && quick(await named.load(), args);
    if (run) await run();
    else await (await import('./program.ts')).parse(args, named);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Says what went wrong once, on stderr, and returns the exit code. */
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
