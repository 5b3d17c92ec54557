import { accessSync, constants } from 'node:fs';
import { wordsOf } from '../../../shared/errors.ts';
import { environmentLayer, resolvePolicy } from '../../../shared/policy.ts';
import type { JsonObject } from '../../edits.ts';
import { hosts } from '../../hosts/index.ts';
import type { HostPlan } from '../../plan.ts';
import { registeredHosts } from '../../registered.ts';
import { isOurs } from '../../registration.ts';
import { type Check, type Finding, fault, type Named, ok, warning } from '../check.ts';
import { differences, entryOf, variablesOf, wordsOfEntry } from '../registration.ts';
import type { World } from '../world.ts';
import { proxyKey } from './proxy.ts';

/** Each host that is installed has the registration that setup would write: setup's own plan is the measure. */
export const host: Check = {
  id: 'host',
  title: 'Host',
  group: 'Hosts',
  needs: ['installation'],
  run: async (world): Promise<Finding | Named[]> => {
    const { change, same, skipped } = await world.plan();
    if (change.length + same.length + skipped.length === 0) {
      return fault('no coding agent was found that could be a host', 'npm install --global @openai/codex');
    }
    const none = registeredHosts(world.place).length === 0;
    const named = ({ name, title }: HostPlan['host'], finding: Finding): Named => ({ name, title, ...finding });
    const order = hosts.map(({ name }) => name);
    const found = [
      ...skipped.map((one) => named(one.host, fault(one.reason, `qantara setup --host ${one.host.name}`))),
      ...same.map((plan) => named(plan.host, valueFault(plan, entryOf(plan)) ?? ok(registered(plan)))),
      ...change.map((plan) => named(plan.host, changing(world, plan, none))),
    ];
    return found.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  },
};

const registered = ({ expose, record }: HostPlan): string =>
  `offers ${expose.join(', ')}${record?.approve ? '' : '; asks before each call, as you chose'}`;

/** A policy value that does not parse: nothing runs for this host until it is corrected. */
function valueFault({ host, steps }: HostPlan, entry: JsonObject | undefined): Finding | undefined {
  try {
    if (entry) resolvePolicy([environmentLayer(variablesOf(entry))]);
    return undefined;
  } catch (error) {
    return fault(`${steps[0]?.before.path}: ${wordsOf(error)}`, `Correct it there, then restart ${host.title}.`);
  }
}

/** What the keys that differ mean; the first that fits counts. */
const meanings: readonly { keys: RegExp; words: string }[] = [
  { keys: /\.(command|args)$/, words: 'it starts another installation' },
  { keys: /permissions|trust|approv|allow/i, words: 'its tools are not approved, so the host asks or denies' },
  { keys: /timeout/i, words: 'its time-outs are lower than a long job takes' },
  { keys: /grace/, words: 'it is left out of a session when it is slow to start' },
  { keys: /env_vars|QANTARA_HOME/, words: 'variables that it needs are not passed on' },
];
const choice = /BRIDGE_EXPOSE$/;

function changing(world: World, plan: HostPlan, none: boolean): Finding {
  const { host, expose } = plan;
  const remedy = `qantara setup --host ${host.name}`;
  const entry = entryOf(plan);
  if (!entry) return (none ? fault : warning)('not registered, so it has no ask_… tools', remedy);
  const wrong = valueFault(plan, entry);
  if (wrong) return wrong;
  const mend = isOurs(entry) ? () => world.qantara('setup', '--host', host.name, '--yes') : undefined;
  const keys = differences(plan).filter((key) => !proxyKey.test(key));
  const gone = wordsOfEntry(entry).filter(
    (word) => word.startsWith('/') && !isUsable(word, word === wordsOfEntry(entry)[0]),
  );
  if (gone.length > 0)
    return fault(`it starts ${gone.join(' and ')}, which is not there or not executable`, remedy, mend);
  const serious = keys.filter((key) => !choice.test(key));
  if (serious.length > 0) {
    const words = serious.map(
      (key) => meanings.find((one) => one.keys.test(key))?.words ?? `${key} is not as setup writes it`,
    );
    return fault([...new Set(words)].join('; '), remedy, mend);
  }
  if (keys.length > 0) return warning(`it does not offer what is installed now: ${expose.join(', ')}`, remedy, mend);
  return ok(registered(plan));
}

function isUsable(path: string, asProgram: boolean): boolean {
  try {
    accessSync(path, asProgram ? constants.X_OK : constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
