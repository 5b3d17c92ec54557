import { delimiter } from 'node:path';
import type { Agent } from '../../../shared/agents/agent.ts';
import { agents } from '../../../shared/agents/index.ts';
import { type Found, findIn } from '../../detect.ts';
import { type Registered, registeredHosts } from '../../registered.ts';
import { type Check, type Finding, fault, type Named, ok, skipped, warning } from '../check.ts';
import { isBefore } from '../versions.ts';

/** Each agent's CLI starts, is found by delegates, is of a release that is known to work, and has a login. */
export const agent: Check = {
  id: 'agent',
  title: 'Agent',
  group: 'Agents',
  run: async ({ place, plan, login }): Promise<Named[]> => {
    const { found } = await plan();
    const registered = registeredHosts(place);
    // As a delegate's: the caller's entries, then the login shell's.
    const path = [place.environment.PATH, (await login()).PATH].join(delimiter).split(delimiter);
    return agents.map((one) => {
      const cli = found.find(({ host }) => host.name === one.name);
      const finding = cli?.binary ? present(one, cli, findIn(path, one.binary)) : absent(one, registered);
      return { name: one.name, title: one.title, ...finding };
    });
  },
};

function absent({ name, binary, install }: Agent, registered: readonly Registered[]): Finding {
  const offering = registered.filter(({ env }) =>
    (env.BRIDGE_EXPOSE ?? 'all').split(',').some((one) => one === name || one === 'all'),
  );
  if (offering.length === 0) return skipped('not installed, and offered to no host');
  const hosts = offering.map(({ host }) => host.title).join(', ');
  return fault(`not installed (no executable "${binary}"), but offered to ${hosts}`, install);
}

function present({ binary, login, tested }: Agent, cli: Found, reachable: string | undefined): Finding {
  if (!reachable) {
    const folder = cli.binary?.slice(0, -binary.length - 1);
    return fault(
      `${cli.binary} is on no PATH that delegates have`,
      `echo 'export PATH="${folder}:$PATH"' >> ~/.profile`,
    );
  }
  if (!cli.version) return fault(`${cli.binary} does not start`, `${cli.binary} --version`);
  if (cli.login === 'none found') return warning(`${cli.version}; no login was found`, login);
  const [first = cli.version, last = first] = [tested.at(0), tested.at(-1)];
  if (isBefore(cli.version, first)) {
    return warning(
      `${cli.version} is older than ${first}, the oldest release that is known to work`,
      `${binary} update`,
    );
  }
  const known = isBefore(last, cli.version) ? `; newer than ${last}, the last one tested` : '';
  return ok(`${cli.version}${known} (${cli.binary})`);
}
