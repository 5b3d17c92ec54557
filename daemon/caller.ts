import { realpathSync } from 'node:fs';
import { type Agent, accessLevels } from '../shared/agents/agent.ts';
import { agentNamed, agents } from '../shared/agents/index.ts';
import { accessOf, environmentLayer, type Layer, narrow, type Policy, resolvePolicy } from '../shared/policy.ts';
import type { Hello } from '../shared/wire.ts';
import { ancestorsOf, type Identity, identify, isAlive } from './runner/process.ts';
import type { Job } from './store/jobs.ts';
import type { Store } from './store/store.ts';

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

/**
 * The job that an ancestor process of the shim is, which nobody can pretend; else the one whose marker it carries, for
 * a process that has lost its ancestors. A host may strip the marker.
 */
export function parentOf(hello: Hello, store: Store): Job | undefined {
  const running = new Map(store.jobs.processes().map((job) => [job.pid, job]));
  for (const pid of ancestorsOf(hello.pid)) {
    const job = running.get(pid);
    if (job && job.startTime === identify(pid)?.startTime) return store.jobs.get(job.id);
  }
  const [id = '', nonce] = (hello.environment.QANTARA_JOB ?? '').split('.');
  const marked = store.jobs.get(id);
  return marked && marked.nonce === nonce ? marked : undefined;
}

const resolved = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path; // it may be gone; the ask that would use it says so
  }
};

const hostAgentOf = (hello: Hello, clientName: string | undefined): Agent | undefined =>
  (hello.host && agentNamed(hello.host)) ||
  agents.find((agent) => clientName !== undefined && agent.host.clientNames.includes(clientName));

/**
 * Nesting only narrows: a job inside a job gets the lesser of its own registration's and its parent's access and depth.
 * Which agents are offered is each host's own matter: it says whom to ask, not what they may do.
 */
function within(policy: Policy, parent: Job | undefined): Policy {
  if (!parent) return policy;
  const outer = JSON.parse(parent.policy) as Policy;
  const parentAgent = agentNamed(parent.agent);
  const limit = parentAgent ? accessOf(parentAgent, parent.mode) : accessLevels[0];
  const own = Object.entries(policy.agents).map(([name, settings]) => {
    const agent = agentNamed(name) as Agent;
    return [name, { ...settings, mode: narrow(agent, settings.mode, limit ?? 'read') }] as const;
  });
  return {
    ...policy,
    maxDepth: Math.min(policy.maxDepth, outer.maxDepth),
    agents: Object.fromEntries(own),
  };
}

/**
 * The mode in which an agent may run in `cwd` for this caller. A job that may edit its own directory may let another
 * agent only look at what lies outside of it.
 */
export function modeIn(caller: Caller, agent: Agent, cwd: string): string {
  const { mode } = caller.policy.agents[agent.name] as Policy['agents'][string];
  const { parent } = caller;
  if (!parent || cwd === parent.cwd || cwd.startsWith(`${parent.cwd}/`)) return mode;
  const parentAgent = agentNamed(parent.agent);
  return parentAgent && accessOf(parentAgent, parent.mode) === 'full' ? mode : narrow(agent, mode, 'read');
}

/** Who calls. Throws `bad_policy` when a value of the registration or of config.toml does not parse. */
export function callerOf(hello: Hello, facts: CallFacts, layers: PolicyLayers, store: Store): Caller {
  const hostAgent = hostAgentOf(hello, facts.clientName);
  const host = hello.host ?? hostAgent?.name ?? facts.clientName ?? 'unknown';
  const parent = parentOf(hello, store);
  const workspace = resolved(hostAgent?.host.workspace(hello.environment, facts.meta) ?? hello.cwd);
  const enclosing = parent ? `${parent.agent}:${parent.sessionId ?? parent.id}` : '';
  const policy = resolvePolicy([...layers.below(host), environmentLayer(hello.environment)], layers.ceiling);
  return {
    shimId: hello.shimId,
    host,
    hostAgent,
    hostSession: hostAgent?.host.session(hello.environment, facts.meta) ?? null,
    identity: JSON.stringify(identify(hello.pid) ?? { pid: hello.pid }),
    workspace,
    scope: JSON.stringify([host, workspace, enclosing]),
    parent,
    depth: parent ? parent.depth : 0,
    policy: within(policy, parent),
    environment: hello.environment,
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
 * Whether a job or session is this caller's: its own, or of an earlier conversation of the same scope that has
 * ended. What belongs to another conversation that is still open is never picked.
 */
export const owns = (caller: Caller, thing: Owned): boolean =>
  isOwn(caller, thing) || (thing.scope === caller.scope && !isAlive(JSON.parse(thing.caller) as Identity));
