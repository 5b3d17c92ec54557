import type { Logger } from 'pino';
import type { Agent } from '../../shared/agents/agent.ts';
import { agentNamed } from '../../shared/agents/index.ts';
import type { Begun } from '../../shared/begun.ts';
import type { AgentEvent, Summary } from '../../shared/events.ts';
import type { Paths } from '../../shared/paths.ts';
import type { SharedBudgets } from '../budget/budgets.ts';
import type { Prices } from '../budget/prices.ts';
import type { EnvironmentRules } from '../runner/environment.ts';
import type { Supervisors } from '../runner/supervisors.ts';
import type { Store } from '../store/store.ts';

/** A job that this daemon follows, with what is known of it in memory; all of it can be rebuilt from the store. */
export interface Live {
  summary: Summary;
  previous?: AgentEvent;
  begun: Begun;
  /** Stops following; the agent goes on. */
  release(): void;
}

/** What is new about a job: its output was taken up, it is in another state, or it has ended, after which nothing comes. */
export type Change = 'output' | 'state' | 'ended';

/** How many jobs may run at once; a job that waits for one it delegated does not count. */
export interface Limits {
  total: number;
  /** By agent name; an agent that is not named is only held by the total. */
  agents: Record<string, number>;
  /** How much one job may write to stdout and stderr before it is stopped; bytes. */
  jobBytes: number;
  /** How many jobs of one host, with all that they delegate, and of one delegation tree may run at once. */
  perHost?: number;
  perTree?: number;
  /** What may be spent on a delegation tree and in a day. */
  budgets: SharedBudgets;
}

/** What the functions of `jobs/` share. */
export interface Jobs {
  paths: Paths;
  store: Store;
  log: Logger;
  limits: Limits;
  prices: Prices;
  /** What the owner says about the environment of delegates. */
  env: EnvironmentRules;
  /** The person's login-shell environment, the base of every delegate's. */
  login: Promise<Record<string, string>>;
  /** The processes that run agents, and those that wait for the next one. */
  supervisors: Supervisors;
  live: Map<string, Live>;
  /** Jobs whose processes are being ended; resolves when none is left. */
  stopping: Map<string, Promise<void>>;
  /** Who is told what is new about a job, by its id; see `watch`. */
  watchers: Map<string, Set<(change: Change) => void>>;
  /** Called with every job that has ended: wakes who waits for it and lets the next one start. */
  ended(id: string): void;
  /** When a caller that has jobs queued was last given a place, as a count. */
  served: Map<string, number>;
  /** Resolves when all that an earlier daemon left is taken over; undefined from then on. Who asks about jobs waits for it. */
  recovering?: Promise<void>;
  /** What the next answer of any call has to tell, once. */
  notices: string[];
  closing: boolean;
}

/** ms since boot; monotonic, and comparable between daemons of the same boot (`CLOCK_MONOTONIC` on Linux). */
export const uptimeMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** The agent of a job. A job of an agent that this release does not have cannot be handled, which throws. */
export function agentOf(job: { id: string; agent: string }): Agent {
  const agent = agentNamed(job.agent);
  if (!agent) throw new Error(`job ${job.id} belongs to the agent "${job.agent}", which this release does not know`);
  return agent;
}

/** The marker that an agent and all that it starts carry in `QANTARA_JOB`. The nonce keeps it from being guessed. */
export const markerOf = (job: { id: string; nonce: string }): string => `${job.id}.${job.nonce}`;
