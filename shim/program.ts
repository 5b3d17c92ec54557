import { Command } from 'commander';
import { version } from '../shared/version.ts';
import { topicsText } from './commands/help.ts';
import { commands, type Entry } from './commands/index.ts';
import { exitCodeLines } from './exit-codes.ts';

/** The program with these commands, as commander has it. */
export async function buildProgram(entries: readonly Entry[]): Promise<Command> {
  const program = new Command('qantara')
    .description('The bridge between coding agents on this machine.')
    .version(version)
    .configureHelp({ showGlobalOptions: false })
    .helpCommand(false)
    .addHelpText('after', `${topicsText}\n\nExit codes:\n${exitCodeLines}\n\n${examples}`)
    .exitOverride();
  for (const add of await Promise.all(entries.map((entry) => entry.load()))) add(program);
  for (const group of program.commands) group.helpCommand(false);
  return program;
}

const examples = `Examples:
  qantara setup                             register qantara in the agents of this machine
  qantara ask codex "Review the last commit"
  qantara jobs ls --watch`;

/** Reads the arguments with commander and runs what they ask for, of one command or, without `named`, of all. */
export async function parse(args: readonly string[], named?: Entry): Promise<void> {
  const program = await buildProgram(named ? [named] : commands);
  await program.parseAsync(args, { from: 'user' });
}
