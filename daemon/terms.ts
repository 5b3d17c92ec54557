import { type Limit, modeOf, within } from '../shared/access.ts';
import type { Access, Agent, Mode, Reasoning } from '../shared/agents/agent.ts';
import { agentNamed } from '../shared/agents/index.ts';
import { lesserReasoning, type Policy } from '../shared/policy.ts';
import { bothRoots } from '../shared/roots.ts';
import type { Job } from './store/jobs.ts';

/**
 * What the delegation that a caller is part of leaves it. A job that may do everything sets no limit. One of an agent
 * that this release does not know lets its delegates only look.
 */
export function limitOf(parent: Job): Limit {
  const agent = agentNamed(parent.agent);
  const access = agent ? modeOf(agent, parent.mode).access : 'read';
  return { access, origin: `job ${parent.id}`, directory: parent.cwd };
}

/**
 * The policy of a caller inside of `parent`: no deeper and nowhere else than that one's, and held to the caller's sandbox where that
 * one's is. Times, sizes and whom it may ask are each host's own matter: they say nothing about what a delegate may
 * do to the machine, and it ends with its parent in any case.
 */
export function policyInside(policy: Policy, parent: Job): Policy {
  const outer = JSON.parse(parent.policy) as Policy;
  const origin = limitOf(parent).origin;
  const origins = { ...policy.origins };
  if (outer.maxDepth < policy.maxDepth) origins.max_depth = origin;
  if (outer.inheritSandbox && !policy.inheritSandbox) origins.inherit_sandbox = origin;
  const roots = bothRoots(policy.roots, outer.roots);
  if (String(roots) !== String(policy.roots)) origins.roots = origin;
  return {
    ...policy,
    roots,
    maxDepth: Math.min(policy.maxDepth, outer.maxDepth),
    inheritSandbox: policy.inheritSandbox || outer.inheritSandbox,
    origins,
  };
}

/** What an ask wishes that policy has a say in. */
export interface Wish {
  agent: Agent;
  /** Absolute, resolved. */
  cwd: string;
  model?: string;
  reasoning?: Reasoning;
}

/** The policy that a job runs under, with the origin of each of its values, and what of it concerns its agent. */
export interface Terms {
  policy: Policy;
  mode: string;
  model?: string;
  reasoning?: Reasoning;
}

/** The terms of an ask. Throws `cannot_narrow` where a limit is less than any mode of the agent. */
export function termsOf({ policy, limits }: { policy: Policy; limits: readonly Limit[] }, wish: Wish): Terms {
  const { agent, cwd } = wish;
  const { settings } = agent;
  const own = policy.agents[agent.name] as Policy['agents'][string];
  const origins = { ...policy.origins };
  const { mode, heldBy } = within(agent, own.mode, limits, cwd);
  if (heldBy && mode !== own.mode) origins[settings.mode.name] = heldBy;
  const model = wish.model ?? own.model;
  if (wish.model) origins[settings.model] = 'the call';
  const wished = wish.reasoning ?? own.reasoning;
  const reasoning = own.mostReasoning ? lesserReasoning(wished, own.mostReasoning) : wished;
  if (settings.reasoning && wish.reasoning) {
    origins[settings.reasoning] = reasoning === wish.reasoning ? 'the call' : 'the ceiling';
  }
  const terms = { mode, model, reasoning };
  return { policy: { ...policy, agents: { ...policy.agents, [agent.name]: terms }, origins, heldBy }, ...terms };
}

/** What a job may do, what keeps it from more, and who holds it to that; null where nobody does. */
export interface Level {
  access: Access;
  holds: Mode['holds'];
  heldBy: string | null;
}

export function levelOf(job: Job): Level {
  const agent = agentNamed(job.agent);
  const { access, holds } = agent ? modeOf(agent, job.mode) : ({ access: 'read', holds: 'nothing' } as const);
  return { access, holds, heldBy: (JSON.parse(job.policy) as Policy).heldBy ?? null };
}
