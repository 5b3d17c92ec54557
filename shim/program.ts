import { Command } from 'commander';
import { version } from '../shared/version.ts';
import { commands, type Entry } from './commands/index.ts';

const exitCodes = `
Exit codes:
  0  done
  1  failed
  2  wrong usage, unknown job or bad configuration
  3  timed out
  5  the daemon cannot be reached or started
  6  Node.js is too old`;

/** The program with these commands, as commander has it. */
export async function buildProgram(entries: readonly Entry[]): Promise<Command> {
  const program = new Command('qantara')
    .description('The bridge between coding agents on this machine.')
    .version(version)
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', exitCodes)
    .exitOverride();
  for (const add of await Promise.all(entries.map((entry) => entry.load()))) add(program);
  return program;
}

/** Reads the arguments with commander and runs what they ask for, of one command or, without `named`, of all. */
export async function parse(args: readonly string[], named?: Entry): Promise<void> {
  const program = await buildProgram(named ? [named] : commands);
  await program.parseAsync(args, { from: 'user' });
}
