import type { Command } from 'commander';
import type { ConfigView, Values } from '../../daemon/config/view.ts';
import { exitCodeOf, QantaraError } from '../../shared/errors.ts';
import { type Paths, pathsIn } from '../../shared/paths.ts';
import type { ConfigRead } from '../../shared/wire.ts';
import { ask, statusOf } from '../http.ts';
import { colour, safe, table, terminalColumns } from '../terminal.ts';

interface Flags {
  host?: string;
  check?: boolean;
  json?: boolean;
}

/** `qantara config`: the policy in force and where each value comes from. */
export function addConfig(program: Command): void {
  program
    .command('config')
    .description('the policy in force for each host, the limits, and where each value comes from')
    .option('--host <name>', 'everything that holds for this host')
    .option('--check', 'only say what is wrong with config.toml, one line each; exit code 2 if anything is')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  qantara config\n  qantara config --host codex\n  qantara config --check')
    .action(async (flags: Flags) => {
      process.exitCode = flags.check ? await check(flags) : await show(flags);
    });
}

/** Editors read `file:line: text`. */
async function check({ json }: Flags): Promise<number> {
  const { textOfConfig } = await import('../../daemon/config/config.ts');
  const { readToml } = await import('../../daemon/config/read.ts');
  const path = pathsIn().config;
  const { problems } = readToml(textOfConfig(path));
  if (json) console.log(JSON.stringify({ path, problems }, null, 2));
  else if (problems.length === 0) console.log(`${path} is fine.`);
  else for (const { line, text } of problems) console.log(`${path}:${line}: ${safe(text)}`);
  return problems.length > 0 ? exitCodeOf('bad_config') : 0;
}

async function show({ host, json }: Flags): Promise<number> {
  const { viewOf } = await import('../../daemon/config/view.ts');
  const { registeredHosts } = await import('../../setup/registered.ts');
  const { ownPlace } = await import('../../setup/setup.ts');
  const paths = pathsIn();
  const { running, read } = await readingOf(paths);
  const registrations = registeredHosts(ownPlace()).map(({ host, path, env }) => ({ name: host.name, path, env }));
  const view = viewOf(paths.config, read.entries, registrations);
  if (host !== undefined && !view.hosts[host]) throw unknownHost(host, view);
  const { path, notices } = read;
  if (json) console.log(JSON.stringify({ path, running, notices, ...only(view, host) }, null, 2));
  else print(view, host, read, running);
  return 0;
}

/** What the running daemon goes by, else what the file says now. */
export async function readingOf(paths: Paths): Promise<{ running: boolean; read: ConfigRead }> {
  if (await statusOf(paths)) return { running: true, read: await ask<ConfigRead>(paths, 'GET', '/config') };
  const { readConfig } = await import('../../daemon/config/config.ts');
  return { running: false, read: { path: paths.config, entries: [...readConfig(paths.config).entries], notices: [] } };
}

const only = (view: ConfigView, host: string | undefined): Partial<ConfigView> =>
  host === undefined ? view : { hosts: { [host]: view.hosts[host] as ConfigView['hosts'][string] } };

function unknownHost(host: string, { hosts }: ConfigView): QantaraError {
  const known = Object.keys(hosts).join(', ') || 'none';
  const problem = `the host "${host}" is neither registered nor named in config.toml; these are: ${known}.`;
  return new QantaraError('bad_parameter', { tool: 'qantara config', problem });
}

function print(view: ConfigView, host: string | undefined, { path, notices }: ConfigRead, running: boolean): void {
  console.log(`${safe(path)}, ${running ? 'as the running daemon read it' : 'as it is now; no daemon is running'}`);
  for (const notice of notices) console.log(`${colour('yellow', 'notice')}: ${safe(notice)}`);
  if (host === undefined) printValues('every host', view.everyHost);
  for (const [name, { registration, problem, policy }] of Object.entries(view.hosts)) {
    if (host !== undefined && host !== name) continue;
    const title = `${name} (${registration ? `registered in ${registration}` : 'not registered'})`;
    printValues(title, host === undefined ? different(policy, view.everyHost) : policy);
    if (problem) console.log(`  ${colour('red', 'refused')}: ${safe(problem)}`);
  }
  if (host !== undefined) return;
  for (const [title, values] of Object.entries(view.sections)) printValues(title, values);
}

/** Of a host only what is not as for every host. */
const different = (own: Values, every: Values): Values =>
  Object.fromEntries(Object.entries(own).filter(([name, one]) => JSON.stringify(one) !== JSON.stringify(every[name])));

function printValues(title: string, values: Values): void {
  console.log(`\n${colour('bold', safe(title))}`);
  const rows = Object.entries(values).map(([name, { value, from }]) => [`  ${safe(name)}`, shown(value), safe(from)]);
  console.log(rows.length === 0 ? '  nothing else' : table(rows, terminalColumns()));
}

function shown(value: Values[string]['value']): string {
  if (value === undefined) return '(not shown)';
  if (value === null) return 'not set';
  return safe(Array.isArray(value) ? value.join(', ') || 'none' : String(value));
}
