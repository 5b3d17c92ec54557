import type { Command } from 'commander';
import { QantaraError } from '../../shared/errors.ts';
import { topics } from '../topics.ts';

/** `qantara help`: of everything, of a command, or of a topic. */
export function addHelp(program: Command): void {
  program
    .command('help')
    .argument('[topic...]', 'a topic, or the words of a command')
    .description('help on a command or a topic')
    .addHelpText('after', `${topicsText}\n\nExamples:\n  qantara help exit-codes\n  qantara help jobs ls`)
    .action(async (words: string[]) => {
      const topic = topics[words.join('-')];
      if (topic) return console.log(topic.text);
      const { buildProgram } = await import('../program.ts');
      const { commands } = await import('./index.ts');
      commandOf(await buildProgram(commands), words).outputHelp();
    });
}

const listed = Object.entries(topics).map(([name, { about }]) => `  ${name.padEnd(14)} ${about}`);

/** The topics, one a line. */
export const topicsText = `\nTopics (qantara help TOPIC):\n${listed.join('\n')}`;

function commandOf(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (!next) {
      const known = [...program.commands.map((one) => one.name()), ...Object.keys(topics)].join(', ');
      throw new QantaraError('bad_parameter', {
        tool: 'qantara help',
        problem: `there is nothing on "${words.join(' ')}"; there is on: ${known}.`,
      });
    }
    command = next;
  }
  return command;
}
