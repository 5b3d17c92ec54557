import type { Caller } from '../caller.ts';
import type { Job } from '../store/jobs.ts';
import type { Spending } from '../store/spending.ts';

/** The most that may be spent on something; what is absent is not limited. */
export type Amounts = Partial<Spending>;

/** An account of the store, the most that may be spent on it, and where the owner said so. */
export interface Budget extends Amounts {
  account: string;
  origins?: Partial<Record<keyof Spending, string>>;
}

/** The owner's limits in `[limits]`; they hold for everybody and are as the running daemon read them. */
export interface SharedBudgets {
  tree: Amounts;
  day: Amounts;
}

/**
 * The account of everything that a host's conversation delegates. Where the host names none, it lasts as long as the
 * shim. The conversation of a delegate is its run: no new shim or session begins another one.
 */
export const conversationOf = ({ parent, host, hostSession, identity }: Caller): string =>
  parent ? `run ${parent.id}` : `conversation ${JSON.stringify([host, hostSession ?? identity])}`;

/**
 * The budgets of an ask by registration, to be kept in its row: all that its parent counts into, and its own. Whoever
 * is nested deeper counts into all of them, so the least wins.
 */
export function budgetsOf(caller: Caller): Budget[] {
  const { maxCalls: calls, maxTokens: tokens, maxCostUsd: costUsd, origins } = caller.policy;
  const outer = caller.parent ? budgetsIn(caller.parent) : [];
  const own: Budget = { account: conversationOf(caller), calls, tokens, costUsd };
  // Most rows have no limit, and need not say where it stands.
  if (calls ?? tokens ?? costUsd) {
    own.origins = { calls: origins.max_calls, tokens: origins.max_tokens, costUsd: origins.max_cost_usd };
  }
  return [...outer, own];
}

/** The budgets that a job was accepted with. */
export const budgetsIn = (job: Pick<Job, 'budgets'>): Budget[] => JSON.parse(job.budgets) as Budget[];

/** Those and the owner's: of the delegation tree, where there is one yet, and of the day, where one is set. */
export const withShared = (
  budgets: readonly Budget[],
  { tree, day }: SharedBudgets,
  root: string | undefined,
  today: () => string,
): Budget[] => [
  ...budgets,
  ...(root ? [{ account: `tree ${root}`, ...tree }] : []),
  ...(Object.values(day).some((limit) => limit !== undefined) ? [{ account: today(), ...day }] : []),
];
