import type { ErrorData } from '../../shared/errors.ts';
import { variableOf } from '../../shared/policy.ts';
import type { Spending } from '../store/spending.ts';
import type { Store } from '../store/store.ts';
import type { Budget } from './budgets.ts';

type Kind = keyof Spending;

/** One limit of a budget and how far it is used up. */
export interface Reached {
  budget: Budget;
  kind: Kind;
  spent: number;
  limit: number;
}

const dollars = (amount: number): string => `$${amount.toFixed(amount < 1 ? 4 : 2)}`;
const kinds: Record<Kind, { setting: string; used: (spent: number, limit: number) => string }> = {
  calls: { setting: 'max_calls', used: (spent, limit) => `${spent} of ${limit} calls` },
  tokens: { setting: 'max_tokens', used: (spent, limit) => `${spent} of ${limit} tokens` },
  costUsd: { setting: 'max_cost_usd', used: (spent, limit) => `${dollars(spent)} of ${dollars(limit)}` },
};
const allKinds = Object.keys(kinds) as Kind[];

/** The limits of `budgets` that `test` finds reached, the outermost budget first. Reads only accounts that have a limit. */
export function reached(
  store: Store,
  budgets: readonly Budget[],
  test: (spent: number, limit: number) => boolean,
  among: readonly Kind[] = allKinds,
): Reached[] {
  return budgets.flatMap((budget) => {
    const limited = among.filter((kind) => budget[kind] !== undefined);
    if (limited.length === 0) return [];
    const spending = store.spending.of(budget.account);
    return limited
      .map((kind) => ({ budget, kind, spent: spending[kind], limit: budget[kind] as number }))
      .filter(({ spent, limit }) => test(spent, limit));
  });
}

/** Whose budget it is, as the beginning of a sentence, and which setting where. */
function ownerOf({ account, origins }: Budget, kind: Kind): { whose: string; variable: string } {
  const { setting } = kinds[kind];
  const [scope, id = ''] = account.split(' ');
  const inLimits = `${setting}_per_${scope} in [limits] of config.toml`;
  if (scope === 'day') return { whose: 'all asks of today have', variable: `${inLimits}, or wait for tomorrow` };
  if (scope === 'tree') return { whose: `the delegation that ${id} began has`, variable: inLimits };
  const origin = origins?.[kind] ?? '';
  const variable = `${origin.startsWith('[') ? setting : variableOf(setting)} in ${origin}`;
  return { whose: scope === 'run' ? `what ${id} delegated has` : 'this conversation has', variable };
}

/** What the words of an error or a notice need to say about it. */
export const dataOf = ({ budget, kind, spent, limit }: Reached): ErrorData => ({
  used: kinds[kind].used(spent, limit),
  ...ownerOf(budget, kind),
});
