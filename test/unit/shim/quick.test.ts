import { Command, InvalidArgumentError, Option } from 'commander';
import { expect, test } from 'vitest';
import { quick } from '../../../shim/quick.ts';

const whole = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
};

let got: unknown[] | undefined;
const keep = (...values: unknown[]): void => {
  got = values;
};

function add(program: Command): void {
  const jobs = program.command('jobs').description('d').addHelpText('after', 'x');
  jobs
    .command('ls')
    .option('--json', 'd')
    .option('-n, --limit <number>', 'd', whole, 50)
    .option('--state <state>', 'd', (text: string, all: string[] = []) => [...all, text])
    .option('--dry-run', 'd')
    .addOption(new Option('--kind <kind>', 'd').choices(['a', 'b']))
    .action((flags) => keep(flags));
  jobs.command('rm <job...>').action((ids, flags) => keep(ids, flags));
  jobs
    .command('show')
    .argument('<job>', 'd')
    .argument('[depth]', 'd', whole, 3)
    .action((job, depth, flags) => keep(job, depth, flags));
  jobs
    .command('odd')
    .option('--no-colour', 'd')
    .action((flags) => keep(flags));
  jobs.command('self').action((_flags, command) => keep(command));
}

/** What the action is called with by commander; undefined where it is not called. */
async function slowly(args: string[]): Promise<unknown[] | undefined> {
  got = undefined;
  const program = new Command('q').exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  add(program);
  for (const command of program.commands.flatMap((one) => [one, ...one.commands])) {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  }
  await program.parseAsync(args, { from: 'user' }).catch(() => {});
  const [...values] = got ?? [];
  return got && values;
}

const plain = [
  'jobs ls',
  'jobs ls --json --limit 3',
  'jobs ls --limit=3 -n 4',
  'jobs ls -n5 --dry-run',
  'jobs ls --state a --state=b',
  'jobs ls --kind b',
  'jobs rm a b c',
  'jobs rm -- -a --b',
  'jobs show x',
  'jobs show x 4',
];
test.each(plain)('%j means what commander makes of it', async (line) => {
  const args = line.split(' ');
  const expected = await slowly(args);
  got = undefined;
  await quick(add, args)?.();
  expect(got).toBeDefined();
  expect(got).toEqual(expected);
});

const left = [
  'jobs',
  'nonsense',
  'jobs ls --help',
  'jobs ls --nonsense',
  'jobs ls --limit',
  'jobs ls --limit x',
  'jobs ls --limit -5',
  'jobs ls --kind c',
  'jobs ls extra',
  'jobs --json ls',
  'jobs rm',
  'jobs show x 4 5',
  'jobs show x y',
  'jobs odd',
  'jobs self',
];
test.each(left)('%j is left to commander', (line) => {
  expect(quick(add, line.split(' '))).toBeUndefined();
});

test('a command that needs more of commander than is understood is left to it', () => {
  expect(
    quick(
      (program) =>
        void program
          .command('x')
          .hook('preAction', () => {})
          .action(keep),
      ['x'],
    ),
  ).toBeUndefined();
  expect(quick((program) => void program.command('x', { hidden: true }).action(keep), ['x'])).toBeUndefined();
});

test('what an action throws is thrown', async () => {
  const run = quick((program) => void program.command('x').action(() => Promise.reject(new Error('mine'))), ['x']);
  await expect((async () => run?.())()).rejects.toThrow('mine');
});
