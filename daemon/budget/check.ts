import { type ErrorData, QantaraError } from '../../shared/errors.ts';
import type { Caller } from '../caller.ts';
import type { Jobs } from '../jobs/context.ts';
import type { Job } from '../store/jobs.ts';
import { type Budget, budgetsIn, budgetsOf, withShared } from './budgets.ts';
import { dataOf, reached } from './reached.ts';

const isUsedUp = (spent: number, limit: number): boolean => spent >= limit;

const budgetsNow = (jobs: Jobs, budgets: readonly Budget[], root: string | undefined): Budget[] =>
  withShared(budgets, jobs.limits.budgets, root, () => jobs.store.spending.day(Date.now()));

/** All budgets that an ask of this caller counts into. */
export const budgetsOfAsk = (jobs: Jobs, caller: Caller): Budget[] =>
  budgetsNow(jobs, budgetsOf(caller), caller.parent?.root ?? undefined);

/** All budgets that a job counts into. */
const budgetsOfJob = (jobs: Jobs, job: Job): Budget[] => budgetsNow(jobs, budgetsIn(job), job.root ?? undefined);

/**
 * Throws `budget_exceeded` where nothing is left of a budget. Call it in the transaction that inserts the job: from
 * then on its call is counted, so that asks side by side cannot pass a limit together.
 */
export function checkBudgets(jobs: Jobs, caller: Caller): void {
  const [first] = reached(jobs.store, budgetsOfAsk(jobs, caller), isUsedUp);
  if (first) throw new QantaraError('budget_exceeded', { what: 'Refused', ...dataOf(first) });
}

/**
 * What may still be spent on a job that is about to start, in US dollars; undefined where nothing limits it. Throws
 * `budget_exceeded` where others have used up its tokens or dollars while it queued; its call was counted before.
 */
export function remainingUsd(jobs: Jobs, job: Job): number | undefined {
  const budgets = budgetsOfJob(jobs, job);
  const [first] = reached(jobs.store, budgets, isUsedUp, ['tokens', 'costUsd']);
  if (first) throw new QantaraError('budget_exceeded', { what: 'Not started', ...dataOf(first) });
  const left = reached(jobs.store, budgets, () => true, ['costUsd']).map(({ spent, limit }) => limit - spent);
  return left.length ? Math.min(...left) : undefined;
}

/** What a running job has passed, in the words of `budget_exceeded`; undefined while it is within all its budgets. */
export function passedBudget(jobs: Jobs, job: Job, test = (spent: number, limit: number) => spent > limit) {
  const [first] = reached(jobs.store, budgetsOfJob(jobs, job), test, ['costUsd', 'tokens']);
  return first && dataOf(first);
}

/** Why a job ended at its budget: what is used up by now. `told`: what its own CLI said about it. */
export const exceededBy = (jobs: Jobs, job: Job, told = 'its budget'): ErrorData =>
  passedBudget(jobs, job, isUsedUp) ?? { whose: 'it has', used: told, variable: 'BRIDGE_MAX_COST_USD' };
