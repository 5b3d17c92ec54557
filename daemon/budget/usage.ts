import type { Usage } from '../../shared/events.ts';
import type { Job } from '../store/jobs.ts';

/** What a job has spent, as far as it is known; `estimated`: the cost is by the owner's prices. */
export const usageOf = ({
  inputTokens,
  outputTokens,
  cachedTokens,
  costUsd,
  costEstimated,
}: Job): Usage & { estimated?: true } => ({
  inputTokens: inputTokens ?? undefined,
  outputTokens: outputTokens ?? undefined,
  cachedTokens: cachedTokens ?? undefined,
  costUsd: costUsd ?? undefined,
  ...(costEstimated && { estimated: true }),
});

/** The same in words, of what is known: `48211 tokens in, 2904 out`, `$0.0123`, and `~$0.0123` for an estimate. */
export function spentWords({ inputTokens, outputTokens, costUsd, costEstimated }: Job): string[] {
  const tokens = inputTokens !== null || outputTokens !== null;
  return [
    ...(tokens ? [`${inputTokens ?? 0} tokens in, ${outputTokens ?? 0} out`] : []),
    ...(costUsd !== null ? [`${costEstimated ? '~' : ''}$${costUsd.toFixed(4)}`] : []),
  ];
}
