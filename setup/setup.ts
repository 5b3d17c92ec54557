import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { agents } from '../shared/agents/index.ts';
import { QantaraError } from '../shared/errors.ts';
import { type Paths, pathsIn } from '../shared/paths.ts';
import { applyHost } from './apply.ts';
import { applyConfig, type ConfigPlan, planConfig, planConfigUndo } from './default-config.ts';
import { detect, type Found } from './detect.ts';
import type { Host, Place } from './host.ts';
import { hosts } from './hosts/index.ts';
import { nodePath, shimPath } from './launch.ts';
import { readLedger } from './ledger.ts';
import { changes, type HostPlan, planHost, type Skip } from './plan.ts';
import type { Wish } from './registration.ts';
import { sweepBeside } from './replace-file.ts';
import { hasSome, planUndo } from './undo.ts';

/** What the person asked for. */
export interface Options {
  /** Names; empty: every host that is found. */
  hosts: readonly string[];
  expose?: string[];
  approve?: boolean;
  replace: boolean;
  undo: boolean;
}

export interface Plan {
  found: Found[];
  /** Hosts in which something changes. */
  change: HostPlan[];
  /** Hosts in which all is as it should be. */
  same: HostPlan[];
  skipped: Skip[];
  config: ConfigPlan;
}

/** The place of this process. */
export const ownPlace = (): Place => ({
  home: process.env.HOME || homedir(),
  environment: process.env,
  platform: process.platform,
});

const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/** What would be done. Writes nothing. Throws `bad_parameter` for a name that is none, `bad_config` for a broken ledger. */
export async function planSetup(options: Options, place: Place): Promise<Plan> {
  refuseForeignHome(place);
  const named = options.hosts.map(hostNamed);
  const paths = pathsIn(place.environment);
  const ledger = readLedger(paths);
  if (options.undo) {
    const plans = (named.length > 0 ? named : hosts).flatMap((host) => {
      const record = ledger.hosts[host.name];
      const plan = planUndo(host, place, record);
      // A file of a host that setup never touched is none of our business, whatever is wrong with it.
      return 'reason' in plan && !record && named.length === 0 ? [] : [plan];
    });
    const config = named.length > 0 ? {} : planConfigUndo(paths, ledger);
    return { ...sorted([], plans, (plan) => hasSome(plan) || ledger.hosts[plan.host.name] !== undefined), config };
  }
  const found = await detect(hosts, place);
  const chosen = named.length > 0 ? named : found.map(({ host }) => host);
  const wish = wishOf(options, place, found);
  const plans = chosen.map((host) => planHost(host, place, wish, ledger.hosts[host.name]));
  const plan = sorted(found, plans, (one) => one.steps.some(changes));
  return { ...plan, config: plan.change.length + plan.same.length > 0 ? planConfig(paths) : {} };
}

function sorted(
  found: Found[],
  plans: (HostPlan | Skip)[],
  isChange: (plan: HostPlan) => boolean,
): Omit<Plan, 'config'> {
  const good = plans.filter((plan) => 'steps' in plan);
  return {
    found,
    change: good.filter(isChange),
    same: good.filter((plan) => !isChange(plan)),
    skipped: plans.filter((plan) => 'reason' in plan),
  };
}

/** With sudo the files would become root's, and the person's hosts could no longer write them. */
function refuseForeignHome({ home }: Place): void {
  const owner = statSync(home, { throwIfNoEntry: false })?.uid;
  const own = process.getuid?.();
  if (owner === undefined || own === undefined || owner === own) return;
  const problem = `${home} belongs to user ${owner}, and this runs as ${own}. Run it as the person who uses the hosts, without sudo.`;
  throw new QantaraError('bad_parameter', { tool: 'qantara setup', problem });
}

function hostNamed(name: string): Host {
  const host = hosts.find((one) => one.name === name);
  if (host) return host;
  const known = hosts.map((one) => one.name).join(', ');
  throw new QantaraError('bad_parameter', {
    tool: 'qantara setup',
    problem: `there is no host "${name}"; there are ${known}.`,
  });
}

function wishOf(options: Options, place: Place, found: readonly Found[]): Wish {
  const installed = agents.filter((agent) => found.some(({ host }) => host.name === agent.name));
  return {
    ...options,
    usual: (host) => {
      // Its own agent only when asked for: it can do the task itself. Nothing else installed: all, so that the first
      // one that is installed later is there.
      const others = (list: readonly { name: string }[]) =>
        list.map(({ name }) => name).filter((name) => name !== host.name);
      return others(installed).length > 0 ? others(installed) : others(agents);
    },
    command: nodePath(),
    shim: shimPath(),
    proxies: proxyNames.filter((name) => place.environment[name]),
  };
}

/** What was done. `note`: why config.toml could not be written. */
export interface Outcome {
  done: HostPlan[];
  skipped: Skip[];
  note?: string;
}

/**
 * Carries out what was planned, host by host; one that fails becomes a `Skip` and the others go on. Where nothing is
 * to be changed it only removes what killed runs left behind.
 */
export function applySetup(plan: Plan, paths: Paths): Outcome {
  const done: HostPlan[] = [];
  const skipped: Skip[] = [];
  for (const { before } of [...plan.same, ...plan.change].flatMap(({ steps }) => steps)) sweepBeside(before);
  for (const one of plan.change) {
    const reason = applyHost(one, paths);
    if (reason === undefined) done.push(one);
    else skipped.push({ host: one.host, reason });
  }
  const note = applyConfig(plan.config, paths);
  return { done, skipped, ...(note && { note }) };
}
