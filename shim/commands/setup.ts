import { createInterface } from 'node:readline/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { HostPlan } from '../../setup/plan.ts';
import type { Outcome, Plan } from '../../setup/setup.ts';
import { agents } from '../../shared/agents/index.ts';
import { QantaraError } from '../../shared/errors.ts';
import { pathsIn } from '../../shared/paths.ts';

interface Flags {
  host?: string[];
  expose?: string[];
  approve?: boolean;
  replace?: boolean;
  undo?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `qantara setup`: registers the shim in the hosts of this machine. */
export function addSetup(program: Command): void {
  program
    .command('setup')
    .description('register qantara in the coding agents of this machine, or take it out again')
    .option('--dry-run', 'show what would change and write nothing')
    .option('-y, --yes', 'write without asking')
    .option('--undo', 'take out what setup put in')
    .option('--host <names...>', 'only these hosts, also where they are not found')
    .option('--expose <agents>', `offer these agents: "all" or a comma list of ${names.join(', ')}`, readExpose)
    .option('--approve', 'let hosts run the tools without asking (the default of a first run)')
    .option('--no-approve', 'leave it to each host to ask before it runs a tool')
    .option('--replace', 'replace a server named "qantara" that is not this one')
    .option('--json', 'as JSON; writes only with --yes')
    .addHelpText(
      'after',
      '\nExamples:\n  qantara setup --dry-run\n  qantara setup --host codex --expose claude\n  qantara setup --undo',
    )
    .action(async (flags: Flags) => {
      process.exitCode = await run(flags);
    });
}

const names = agents.map((agent) => agent.name);

function readExpose(text: string): string[] {
  const chosen = text === 'all' ? names : text.split(',').map((name) => name.trim());
  if (chosen.every((name) => names.includes(name))) return chosen;
  throw new InvalidArgumentError(`It must be "all" or a comma list of ${names.join(', ')}.`);
}

/** Returns the exit code: 0 done or nothing to do, 1 a host was skipped or the person said no, 2 it may not ask. */
async function run(flags: Flags): Promise<number> {
  // Only this command pays for loading the editors.
  const { ownPlace, planSetup, applySetup } = await import('../../setup/setup.ts');
  const { changesConfig } = await import('../../setup/default-config.ts');
  const place = ownPlace();
  const { host = [], replace = false, undo = false, expose, approve } = flags;
  const plan = await planSetup({ hosts: host, expose, approve, replace, undo }, place);
  const write = !flags.dryRun && (plan.change.length > 0 || changesConfig(plan.config));
  if (write && !flags.yes && (flags.json || !process.stdin.isTTY)) throw refusal(flags);
  if (!flags.json) await show(plan, flags);
  if (write && !flags.yes && !(await agreed(undo))) {
    console.log('Nothing was changed.');
    return 1;
  }
  const result: Outcome = flags.dryRun ? { done: [], skipped: [] } : applySetup(plan, pathsIn(place.environment));
  if (flags.json) await showJson(plan, result, flags);
  else if (write) await showResult(plan, result, undo);
  const nothing = plan.change.length + plan.same.length + plan.skipped.length === 0;
  return plan.skipped.length + result.skipped.length > 0 || (nothing && !undo) ? 1 : 0;
}

function refusal({ json }: Flags): QantaraError {
  const reason = json ? '--json does not ask' : 'it asks before it writes, and its input is no terminal';
  return new QantaraError('bad_parameter', {
    tool: 'qantara setup',
    problem: `${reason}. Pass --dry-run to see what would change, or --yes to write it.`,
  });
}

async function agreed(undo: boolean): Promise<boolean> {
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await ask.question(undo ? 'Take this out? [y/N] ' : 'Write this? [y/N] ');
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    ask.close();
  }
}

async function show(plan: Plan, { undo, dryRun }: Flags): Promise<void> {
  const { changesConfig } = await import('../../setup/default-config.ts');
  const { configText, foundTable, planText, skipText } = await import('../../setup/render.ts');
  const say = (text: string) => console.log(`${text}\n`);
  if (plan.found.length > 0) say(foundTable(plan.found));
  for (const one of plan.change)
    say(
      planText(
        one,
        plan.found.find(({ host }) => host === one.host),
      ),
    );
  for (const one of plan.skipped) say(skipText(one));
  const config = configText(plan.config);
  if (config) say(config);
  if (plan.change.length > 0 || changesConfig(plan.config)) {
    if (dryRun) console.log('Nothing was written (--dry-run).');
  } else if (undo) console.log('There is nothing to take out.');
  else if (plan.same.length > 0)
    console.log(`Nothing to change: ${titles(plan.same)} ${plan.same.length > 1 ? 'are' : 'is'} set up.`);
  else if (plan.skipped.length === 0) console.log(noneFound);
}

const noneFound = `No host was found on the PATH. Install one, for example with \`${agents[0]?.install}\`, or name one with --host.`;

const titles = (plans: readonly { host: { title: string } }[]): string =>
  plans.map(({ host }) => host.title).join(', ');

async function showResult({ config }: Plan, { done, skipped, note }: Outcome, undo: boolean): Promise<void> {
  const { changes } = await import('../../setup/plan.ts');
  const { adviceText, configDone, doneText, skipText } = await import('../../setup/render.ts');
  for (const one of done) console.log(doneText(one));
  for (const one of skipped) console.log(skipText(one));
  if (note) console.log(note);
  else if (config.step && changes(config.step)) console.log(configDone(config.step));
  if (done.length === 0) return;
  console.log(undo ? `\nRestart ${titles(done)}; qantara is no longer registered there.` : `\n${adviceText(done)}`);
}

/** For scripts: one object, all of it also in words above. */
async function showJson(plan: Plan, result: Outcome, { dryRun }: Flags): Promise<void> {
  const { diffText } = await import('../../setup/render.ts');
  const { changes } = await import('../../setup/plan.ts');
  const { backupPath } = await import('../../setup/replace-file.ts');
  const planned = (one: HostPlan, outcome: string) => ({
    name: one.host.name,
    outcome,
    expose: one.expose,
    approve: one.record?.approve && one.host.approval,
    notes: one.notes,
    files: one.steps.filter(changes).map((step) => ({
      path: step.before.path,
      diff: diffText(step),
      ...(step.before.text !== undefined && !dryRun && { backup: backupPath(step.before.path) }),
    })),
  });
  const hosts = [
    ...(dryRun
      ? plan.change.map((one) => planned(one, 'would change'))
      : result.done.map((one) => planned(one, 'changed'))),
    ...plan.same.map((one) => planned(one, 'unchanged')),
    ...[...plan.skipped, ...result.skipped].map(({ host, reason }) => ({
      name: host.name,
      outcome: 'skipped',
      reason,
    })),
  ];
  const found = plan.found.map(({ host, binary, version, login }) => ({
    name: host.name,
    title: host.title,
    binary,
    version,
    login,
  }));
  const { changesConfig } = await import('../../setup/default-config.ts');
  const { step, note = result.note } = plan.config;
  const config = {
    ...(step && changesConfig(plan.config) && { path: step.before.path, diff: diffText(step) }),
    ...(note && { note }),
  };
  console.log(JSON.stringify({ found, hosts, config }, null, 2));
}
