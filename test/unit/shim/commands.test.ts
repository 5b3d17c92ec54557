import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { errorCodes, exitCodeOf } from '../../../shared/errors.ts';
import { commands } from '../../../shim/commands/index.ts';
import { exitCodes } from '../../../shim/exit-codes.ts';
import { buildProgram } from '../../../shim/program.ts';
import { topics } from '../../../shim/topics.ts';
import { jsonShapes } from '../../helpers/json-shapes.ts';
import { proves } from '../../promises.ts';

const program = await buildProgram(commands);

const wordsOf = (command: Command): string[] => (command.parent ? [...wordsOf(command.parent), command.name()] : []);
const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const leaves = all(program).filter((command) => command.commands.length === 0);
const named = (list: readonly Command[]) => list.map((command) => [wordsOf(command).join(' '), command] as const);

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

test('there are commands', () => {
  expect(leaves.length).toBeGreaterThan(15);
});

test.each(named(all(program)))('"%s" says what it is and what each of its options does', (_words, command) => {
  expect(command.description()).not.toBe('');
  for (const option of command.options) expect(option.description, option.flags).not.toBe('');
});

/** Where a shell line calls us: the command and its words, up to a pipe or the like. */
function calls(help: string): string[][] {
  const lines = help.slice(help.search(/^Examples?:/m)).split('\n');
  return lines.flatMap((line) =>
    [...line.matchAll(/\bqantara ((?:"[^"]*"|'[^']*'|[^|&>;)\s]+|[ ])+)/g)].map(([, words = '']) =>
      (words.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^["']|["']$/g, '')),
    ),
  );
}

test.each(named(leaves))(`${proves('T-03')} the help of "%s" has examples that are calls of it`, (words, command) => {
  const help = helpOf(command);
  expect(help).toMatch(/^Examples?:$/m);
  const own = calls(help).filter((call) => call.join(' ').startsWith(words));
  expect(own).not.toEqual([]);
  for (const call of own) {
    const known = ['--help', ...command.options.flatMap(({ long, short }) => [long, short])];
    const rest = call.slice(words.split(' ').length);
    for (const word of rest.slice(0, rest.includes('--') ? rest.indexOf('--') : undefined)) {
      if (/^-[a-z-]/.test(word)) expect(known, `${word} in "${call.join(' ')}"`).toContain(word.split('=')[0]);
    }
  }
});

test('README names every command', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  for (const [words] of named(leaves)) expect(readme).toContain(`\`qantara ${words}\``);
});

test('an error ends with a documented code', () => {
  for (const code of errorCodes) expect(Object.keys(exitCodes)).toContain(String(exitCodeOf(code)));
});

test('topics and commands have different names, but where both are about one thing', () => {
  const both = Object.keys(topics).filter((topic) => commands.some(({ name }) => name === topic));
  expect(both).toEqual(['config', 'sessions']);
});

test(`${proves('T-02')} every command that prints JSON has a shape, and the topic json tells of it`, () => {
  const printing = leaves.filter((command) => command.options.some(({ long }) => long === '--json'));
  expect(
    named(printing)
      .map(([words]) => words)
      .sort(),
  ).toEqual(Object.keys(jsonShapes).sort());
  for (const words of Object.keys(jsonShapes)) expect(topics.json?.text).toMatch(new RegExp(`^  ${words}( |$)`, 'm'));
});
