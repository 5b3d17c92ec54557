import type { Command } from 'commander';
import type { Result } from '../../setup/doctor/check.ts';

interface Flags {
  fix?: boolean;
  json?: boolean;
}

/** `qantara doctor`: checks the whole path from a host to an answer. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check the whole path from a host to an answer, and say what to do about each fault')
    .option('--fix', 'mend what is safe to mend, and say what was done')
    .option('--json', 'as a list of { id, title, status: ok | warning | fault | skipped, detail, remedy, fixable }')
    .addHelpText('after', '\nExamples:\n  qantara doctor\n  qantara doctor --fix\n  qantara doctor --json')
    .action(async (flags: Flags) => {
      process.exitCode = await run(flags);
    });
}

/** Returns the exit code: 0 without a fault, else 1. */
async function run({ fix, json }: Flags): Promise<number> {
  const { ownPlace } = await import('../../setup/setup.ts');
  const { examine } = await import('../../setup/doctor/run.ts');
  const { resultsText, summaryText } = await import('../../setup/doctor/render.ts');
  const results = await examine(ownPlace(), fix);
  if (json) console.log(JSON.stringify(results.map(rowOf), null, 2));
  else console.log(`${resultsText(results)}\n\n${summaryText(results)}`);
  return results.some(({ status }) => status === 'fault') ? 1 : 0;
}

/** The shape that scripts may rely on. `did`: what --fix did about it, where it did something. */
const rowOf = ({ id, title, status, detail, remedy, fix, did }: Result) => ({
  id,
  title,
  status,
  detail,
  remedy: remedy ?? null,
  fixable: fix !== undefined,
  ...(did !== undefined && { did }),
});
