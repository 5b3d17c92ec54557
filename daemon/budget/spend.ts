import type { Agent } from '../../shared/agents/agent.ts';
import type { Summary, Usage } from '../../shared/events.ts';
import type { Job, Spent } from '../store/jobs.ts';
import type { SessionTokens } from '../store/spending.ts';
import type { Store } from '../store/store.ts';
import { estimate, type Price, type Prices, priceOf } from './prices.ts';

/**
 * What a run has spent, of what its CLI reports. Some report all turns of a resumed session again; `before` is what
 * earlier runs of it have already been charged. The CLI's word on the cost wins over `price`.
 */
export function spentOf(agent: Agent, usage: Usage, before: SessionTokens, price?: Price): Spent {
  const own = (name: keyof SessionTokens): number | null => {
    const told = usage[name];
    if (told === undefined) return null;
    return agent.reportsSession ? Math.max(0, told - before[name]) : told;
  };
  const [inputTokens, outputTokens, cachedTokens] = [own('inputTokens'), own('outputTokens'), own('cachedTokens')];
  const tokens = { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0, cachedTokens: cachedTokens ?? 0 };
  const estimated = usage.costUsd === undefined && price ? estimate(tokens, price) : undefined;
  return {
    inputTokens,
    outputTokens,
    cachedTokens,
    costUsd: usage.costUsd ?? estimated ?? null,
    costEstimated: estimated === undefined ? 0 : 1,
  };
}

/**
 * Records what a job has spent so far, of all that its CLI has reported; doing it again changes nothing. Call it in the
 * transaction that takes up the report.
 */
export function recordSpent(store: Store, prices: Prices, agent: Agent, id: string, summary: Summary): void {
  const job = store.jobs.get(id) as Job;
  const all = store.spending.ofSession(job.agent, job.sessionId ?? '');
  const before: SessionTokens = {
    inputTokens: all.inputTokens - (job.inputTokens ?? 0),
    outputTokens: all.outputTokens - (job.outputTokens ?? 0),
    cachedTokens: all.cachedTokens - (job.cachedTokens ?? 0),
  };
  const price = priceOf(prices, [summary.model, job.model, job.agent]);
  store.jobs.spent(id, spentOf(agent, summary.usage, before, price), Date.now());
}
