import type { HostPlan } from '../../plan.ts';
import { isOurs } from '../../registration.ts';
import { type Check, fault, ok, skipped } from '../check.ts';
import { differences, entryOf, forwardedBy } from '../registration.ts';

const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/** The last part of a key that forwards a proxy variable. */
export const proxyKey = new RegExp(`\\.(${names.join('|')})$`);

/** Proxy variables that are set here reach delegates also through hosts that strip them. */
export const proxy: Check = {
  id: 'proxy',
  title: 'Proxy',
  group: 'Hosts',
  needs: ['installation'],
  run: async ({ place, plan, qantara }) => {
    const set = names.filter((name) => place.environment[name]);
    if (set.length === 0) return skipped('no proxy variable is set here');
    const { same, change } = await plan();
    const ours = [...same, ...change].filter((one) => isOurs(entryOf(one)));
    const lacking = ours.filter((one) => missing(one, set).length > 0);
    if (lacking.length === 0) return ok(`${set.join(', ')} reach every host's shim`);
    const args = ['setup', '--host', ...lacking.map(({ host }) => host.name)];
    return fault(
      lacking.map((one) => `${one.host.title} does not pass on ${missing(one, set).join(', ')}`).join('; '),
      `qantara ${args.join(' ')}`,
      () => qantara(...args, '--yes'),
    );
  },
};

function missing(plan: HostPlan, set: readonly string[]): string[] {
  const keys = differences(plan);
  const listed = forwardedBy(entryOf(plan) ?? {});
  return set.filter((name) => keys.some((key) => key.endsWith(`.${name}`)) || (listed && !listed.includes(name)));
}
