import type { Command } from 'commander';
import type { ConfigView, Values } from '../../daemon/config/view.ts';
import type { Found } from '../../setup/detect.ts';
import type { Agent, Mode } from '../../shared/agents/agent.ts';
import { agents } from '../../shared/agents/index.ts';
import { pathsIn } from '../../shared/paths.ts';
import { colour, safe, table, terminalColumns } from '../terminal.ts';

/** `qantara agents`: who can be asked, by whom, and how far each may go. */
export function addAgents(program: Command): void {
  program
    .command('agents')
    .description('the agents: installed, logged in, offered to which hosts, and held by what')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  qantara agents\n  qantara agents --json')
    .action(listAgents);
}

/** One agent in `qantara agents --json`. */
export interface AgentRow {
  name: string;
  title: string;
  /** Absolute path; null where it is not installed. */
  binary: string | null;
  /** Null where it is not installed or does not say. */
  version: string | null;
  /** By files and variables alone; the CLI is not asked. */
  login: 'yes' | 'none found' | 'unknown';
  /** The mode it runs in where nothing else is said for a host. */
  mode: Mode;
  /** The registered hosts that it is offered to, each with the mode it runs in for them. */
  offeredTo: (Mode & { host: string })[];
  /** All of its modes. `holds`: what keeps it from more. */
  modes: Mode[];
  /** How a person goes on with one of its sessions. */
  resume: string[];
  reasoning: string[];
  thinking: string[];
}

function rowOf(agent: Agent, found: Found | undefined, { hosts, everyHost }: ConfigView): AgentRow {
  const modeIn = (policy: Values): Mode => {
    const name = policy[agent.settings.mode.name]?.value;
    return agent.modes.find((mode) => mode.name === name) as Mode;
  };
  const offers = ({ registration, policy }: ConfigView['hosts'][string]): boolean =>
    registration !== null && [policy.expose?.value].flat().includes(agent.name);
  return {
    name: agent.name,
    title: agent.title,
    binary: found?.binary ?? null,
    version: found?.version ?? null,
    login: found?.login ?? 'unknown',
    mode: modeIn(everyHost),
    offeredTo: Object.entries(hosts)
      .filter(([, host]) => offers(host))
      .map(([host, { policy }]) => ({ host, ...modeIn(policy) })),
    modes: [...agent.modes],
    resume: [agent.binary, ...agent.resume('SESSION')],
    reasoning: [...agent.supports.reasoning],
    thinking: [...agent.supports.thinking],
  };
}

async function listAgents({ json }: { json?: boolean }): Promise<void> {
  const [{ detect }, { hosts }, { ownPlace }, { registeredHosts }, { viewOf }, { readingOf }] = await Promise.all([
    import('../../setup/detect.ts'),
    import('../../setup/hosts/index.ts'),
    import('../../setup/setup.ts'),
    import('../../setup/registered.ts'),
    import('../../daemon/config/view.ts'),
    import('./config.ts'),
  ]);
  const place = ownPlace();
  const paths = pathsIn();
  const { read } = await readingOf(paths);
  const registrations = registeredHosts(place).map(({ host, path, env }) => ({ name: host.name, path, env }));
  const view = viewOf(paths.config, read.entries, registrations);
  const own = hosts.filter(({ name }) => agents.some((agent) => agent.name === name));
  const found = await detect(own, place);
  const rows = agents.map((agent) =>
    rowOf(
      agent,
      found.find(({ host }) => host.name === agent.name),
      view,
    ),
  );
  if (json) return console.log(JSON.stringify(rows, null, 2));
  const head = ['AGENT', 'VERSION', 'LOGIN', 'OFFERED TO', 'RUNS IN', 'HELD BY'];
  const paint = (cell: string, _column: number, row: number) => (row === 0 ? colour('bold', cell) : cell);
  console.log(table([head, ...rows.map(cellsOf)], terminalColumns(), paint));
  for (const row of rows.filter(({ binary }) => binary === null)) {
    const install = agents.find(({ name }) => name === row.name)?.install;
    console.log(`\n${row.title} is not installed: ${install}`);
  }
}

const held = { sandbox: "the system's sandbox", rule: 'its own rules', nothing: 'nothing' };

function cellsOf({ name, binary, version, login, mode, offeredTo }: AgentRow): string[] {
  const inForce = offeredTo.length > 0 ? offeredTo : [mode];
  const modes = [...new Set(inForce.map((one) => `${one.name} (${one.access})`))];
  const holds = [...new Set(inForce.map((one) => held[one.holds]))];
  const said = binary === null ? 'not installed' : (version ?? 'does not start');
  const listed = (list: readonly string[]) => list.join(', ') || '-';
  return [name, said, login, listed(offeredTo.map(({ host }) => host)), listed(modes), listed(holds)].map(safe);
}
