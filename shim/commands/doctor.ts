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
    .option('--fix', 'mend what is safe to mend, then check again')
    .option('--json', 'as a list of { id, title, status: ok | warning | fault | skipped, detail, remedy, fixable }')
    .action(async (flags: Flags) => {
      process.exitCode = await run(flags);
    });
}

/** Returns the exit code: 0 without a fault, else 1. */
async function run({ fix, json }: Flags): Promise<number> {
  const { ownPlace } = await import('../../setup/setup.ts');
  const { examine, mend } = await import('../../setup/doctor/run.ts');
  const place = ownPlace();
  let results = await examine(place);
  const done = fix ? await mend(results) : new Map<string, string>();
  if (done.size > 0) results = await examine(place);
  if (json)
    console.log(
      JSON.stringify(
        results.map((one) => rowOf(one, done)),
        null,
        2,
      ),
    );
  else await show(results, done);
  return results.some(({ status }) => status === 'fault') ? 1 : 0;
}

async function show(results: readonly Result[], done: ReadonlyMap<string, string>): Promise<void> {
  const { resultsText, summaryText } = await import('../../setup/doctor/render.ts');
  const { safe } = await import('../terminal.ts');
  for (const [id, words] of done) console.log(`${id}: ${safe(words)}`);
  if (done.size > 0) console.log();
  console.log(`${resultsText(results)}\n\n${summaryText(results)}`);
}

/** The shape that scripts may rely on. `did`: what --fix did about it, where it did something. */
const rowOf = ({ id, title, status, detail, remedy, fix }: Result, done: ReadonlyMap<string, string>) => ({
  id,
  title,
  status,
  detail,
  remedy: remedy ?? null,
  fixable: fix !== undefined,
  ...(done.has(id) && { did: done.get(id) }),
});
