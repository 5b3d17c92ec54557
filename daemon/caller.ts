import { realpathSync } from 'node:fs';
import type { Limit } from '../shared/access.ts';
import type { Agent } from '../shared/agents/agent.ts';
import { agentNamed, agents } from '../shared/agents/index.ts';
import { environmentLayer, type Layer, type Policy, resolvePolicy } from '../shared/policy.ts';
import type { Hello } from '../shared/wire.ts';
import { originOf, parentOf } from './parent.ts';
import { type Identity, identify, isAlive } from './runner/process.ts';
import type { Job } from './store/jobs.ts';
import type { Store } from './store/store.ts';
import { limitOf, policyInside } from './terms.ts';

/** Who makes a call: everything that decides whose jobs and sessions it may see and what it may start. */
export interface Caller {
  shimId: string;
  host: string;
  /** The agent that the host is, where it is one we know. */
  hostAgent?: Agent;
  /** The host's own id of its conversation, where it tells. */
  hostSession: string | null;
  /** Identity of the shim process as text; while it lives, its jobs and sessions are its own. */
  identity: string;
  /** Absolute, resolved: the directory that the host works in. */
  workspace: string;
  /** Equal for calls that share jobs and sessions: same host, workspace and enclosing conversation. */
  scope: string;
  /** The running job that the caller is part of. */
  parent?: Job;
  /** How many delegations the caller is inside of; 0 for a host that a person talks to. */
  depth: number;
  policy: Policy;
  /** What whoever it is part of leaves it; `termsOf` applies them to an ask. */
  limits: readonly Limit[];
  /** Of the shim, for delegates. Never stored nor logged. */
  environment: Record<string, string>;
}

/** What `_meta` of a call and `initialize` add to the hello. */
export interface CallFacts {
  clientName?: string;
  meta: Record<string, unknown>;
}

export interface PolicyLayers {
  below(host: string): Layer[];
  ceiling?: Layer;
}

const resolved = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path; // it may be gone; the ask that would use it says so
  }
};

/** `make`, which is asked once for each text. */
function once<Value>(make: (text: string) => Value): (text: string) => Value {
  const made = new Map<string, Value>();
  return (text) => {
    if (!made.has(text)) made.set(text, make(text));
    return made.get(text) as Value;
  };
}

const hostAgentOf = (hello: Hello, clientName: string | undefined): Agent | undefined =>
  (hello.host && agentNamed(hello.host)) ||
  agents.find((agent) => clientName !== undefined && agent.host.clientNames.includes(clientName));

/**
 * Who calls on a connection: a function from what a call adds. What cannot change while the connection lasts (the
 * process behind it, its directory, the policy of its registration) is found out once; the state of its parent at every
 * call. Throws `bad_policy` when a value of the registration or of config.toml does not parse.
 */
export function callersOn(hello: Hello, layers: PolicyLayers, store: Store): (facts: CallFacts) => Caller {
  const origin = originOf(hello);
  const identity = JSON.stringify(identify(hello.pid) ?? { pid: hello.pid, shim: hello.shimId });
  const policyOf = once((host) =>
    resolvePolicy([...layers.below(host), environmentLayer(hello.environment)], layers.ceiling),
  );
  const workspaceOf = once(resolved);
  return ({ clientName, meta }) => {
    const hostAgent = hostAgentOf(hello, clientName);
    const host = hello.host ?? hostAgent?.name ?? clientName ?? 'unknown';
    const parent = parentOf(origin, store);
    const workspace = workspaceOf(hostAgent?.host.workspace(hello.environment, meta) ?? hello.cwd);
    const enclosing = parent ? `${parent.agent}:${parent.sessionId ?? parent.id}` : '';
    const policy = parent ? policyInside(policyOf(host), parent) : policyOf(host);
    const sandbox = policy.inheritSandbox ? hostAgent?.host.sandbox(hello.environment, meta) : undefined;
    return {
      shimId: hello.shimId,
      host,
      hostAgent,
      hostSession: hostAgent?.host.session(hello.environment, meta) ?? null,
      identity,
      workspace,
      scope: JSON.stringify([host, workspace, enclosing]),
      parent,
      depth: parent ? parent.depth : 0,
      policy,
      limits: [
        ...(parent ? [limitOf(parent)] : []),
        ...(sandbox ? [{ access: sandbox, origin: 'the caller’s sandbox', directory: workspace }] : []),
      ],
      environment: hello.environment,
    };
  };
}

type Owned = { scope: string; hostSession: string | null; caller: string };

/** Whether a job or session was made by this very conversation or shim. */
export function isOwn(caller: Caller, thing: Owned): boolean {
  if (thing.scope !== caller.scope) return false;
  // One shim may serve several conversations of its host, where the host names them.
  if (thing.hostSession !== null && caller.hostSession !== null) return thing.hostSession === caller.hostSession;
  return thing.caller === caller.identity;
}

/**
 * Those of the jobs or sessions that are this caller's: its own, or of an earlier conversation of the same scope that
 * has ended. What belongs to another conversation that is still open is never picked. Each process is looked for once:
 * with a look for each job, a list of 50 that an ended host had asked for took 5.8 ms instead of 3.9.
 */
export function* owned<Thing extends Owned>(caller: Caller, things: Iterable<Thing>): Generator<Thing, undefined> {
  const open = new Map<string, boolean>();
  const isOpen = (identity: string): boolean => {
    const known = open.get(identity) ?? isAlive(JSON.parse(identity) as Identity);
    open.set(identity, known);
    return known;
  };
  for (const thing of things) {
    if (isOwn(caller, thing) || (thing.scope === caller.scope && !isOpen(thing.caller))) yield thing;
  }
}

/** Whether one job or session is this caller's; see `owned`. */
export const owns = (caller: Caller, thing: Owned): boolean => !owned(caller, [thing]).next().done;
