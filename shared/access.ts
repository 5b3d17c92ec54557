import { type Access, type Agent, accessLevels, type Mode } from './agents/agent.ts';
import { QantaraError } from './errors.ts';
import { isWithin } from './roots.ts';

/** A bound on what a delegation may do, and who sets it. */
export interface Limit {
  access: Access;
  /** The words for an owner or a model: `job codex-1`, `the caller’s sandbox`. */
  origin: string;
  /** Absolute, resolved: `edit` holds there, and what lies elsewhere may only be looked at. */
  directory: string;
}

export const rank = (access: Access): number => accessLevels.indexOf(access);

/** The mode of that name. One that this release does not know counts as one that may nothing but look. */
export const modeOf = (agent: Agent, name: string): Mode =>
  agent.modes.find((mode) => mode.name === name) ?? { name, access: 'read', holds: 'nothing' };

/** `name` itself where that mode stays within `limit`, else the agent's widest that does; undefined: it has none. */
export function narrow(agent: Agent, name: string, limit: Access): string | undefined {
  if (rank(modeOf(agent, name).access) <= rank(limit)) return name;
  const within = agent.modes.filter(({ access }) => rank(access) <= rank(limit));
  return within.sort((a, b) => rank(b.access) - rank(a.access))[0]?.name;
}

const accessIn = ({ access, directory }: Limit, cwd: string): Access =>
  access === 'edit' && !isWithin(cwd, directory) ? 'read' : access;

/**
 * The mode in which an agent may work in `cwd`: `name`, or less where a limit says so; `heldBy` names the tightest
 * limit that leaves it less than everything. Throws `cannot_narrow` when the agent has no mode that is so little.
 */
export function within(agent: Agent, name: string, limits: readonly Limit[], cwd: string): Held {
  const bounds = limits
    .map((limit) => ({ access: accessIn(limit, cwd), origin: limit.origin }))
    .filter(({ access }) => access !== 'full');
  const [least] = bounds.sort((a, b) => rank(a.access) - rank(b.access));
  if (!least) return { mode: name };
  const mode = narrow(agent, name, least.access);
  if (mode === undefined) throw new QantaraError('cannot_narrow', { title: agent.title, ...least });
  return { mode, heldBy: least.origin };
}

export interface Held {
  mode: string;
  heldBy?: string;
}
