import type { Agent } from '../../shared/agents/agent.ts';
import type { Summary, Usage } from '../../shared/events.ts';
import type { Job, Spent } from '../store/jobs.ts';
import type { SessionTokens } from '../store/spending.ts';
import type { Store } from '../store/store.ts';

type Tokens = keyof SessionTokens;

/**
 * What a run has spent, of what its CLI reports. Some report all turns of a resumed session again; `before` is what
 * earlier runs of it have already been charged.
 */
export function spentOf(agent: Agent, usage: Usage, before: SessionTokens): Spent {
  const own = (name: Tokens): number | null => {
    const told = usage[name];
    if (told === undefined) return null;
    return agent.reportsSession ? Math.max(0, told - before[name]) : told;
  };
  return {
    inputTokens: own('inputTokens'),
    outputTokens: own('outputTokens'),
    cachedTokens: own('cachedTokens'),
    costUsd: usage.costUsd ?? null,
    costEstimated: 0,
  };
}

/**
 * Records what a job has spent so far, of all that its CLI has reported; doing it again changes nothing. Call it in the
 * transaction that takes up the report.
 */
export function recordSpent(store: Store, agent: Agent, id: string, summary: Summary, now: number): void {
  const job = store.jobs.get(id) as Job;
  const all = store.spending.ofSession(job.agent, job.sessionId ?? '');
  const before: SessionTokens = {
    inputTokens: all.inputTokens - (job.inputTokens ?? 0),
    outputTokens: all.outputTokens - (job.outputTokens ?? 0),
    cachedTokens: all.cachedTokens - (job.cachedTokens ?? 0),
  };
  store.jobs.spent(id, spentOf(agent, summary.usage, before), now);
}
