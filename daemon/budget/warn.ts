import { wordsOf } from '../../shared/errors.ts';
import type { Caller } from '../caller.ts';
import type { Jobs } from '../jobs/context.ts';
import { conversationOf } from './budgets.ts';
import { budgetsOfAsk } from './check.ts';
import { dataOf, reached } from './reached.ts';

/** Of a limit; from here on it is worth knowing. */
const warnFrom = 0.8;

/** A warning for every budget that is nearly used up, each once in a conversation, also across restarts. Never throws. */
export function budgetWarnings(jobs: Jobs, caller: Caller): string[] {
  try {
    return reached(jobs.store, budgetsOfAsk(jobs, caller), (spent, limit) => spent >= limit * warnFrom)
      .filter(({ budget, kind, limit }) => {
        const warning = `${budget.account} ${kind} ${limit}`;
        return jobs.store.spending.warnsFirst(conversationOf(caller), warning, Date.now());
      })
      .map((near) => {
        const { whose, used, variable } = dataOf(near);
        return `${whose} used ${used}; at the limit asks are refused. The owner sets it with ${variable}.`;
      });
  } catch (error) {
    // A store that takes nothing now must not keep a caller from an answer that is there.
    jobs.log.warn({ error: wordsOf(error) }, 'budgets could not be looked at');
    return [];
  }
}
