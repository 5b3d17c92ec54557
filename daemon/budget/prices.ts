import type { SessionTokens } from '../store/spending.ts';

/** US dollars per million tokens, as the owner wrote them. Without `cached`, cached input costs as much as other. */
export interface Price {
  input: number;
  output: number;
  cached?: number;
}

/** By the name of a model, as its CLI reports it or as it was asked for, or of an agent. */
export type Prices = ReadonlyMap<string, Price>;

/** The price of the first of `names` that has one. */
export const priceOf = (prices: Prices, names: readonly (string | null | undefined)[]): Price | undefined =>
  names.map((name) => prices.get(name ?? '')).find((price) => price !== undefined);

/** What those tokens cost, in US dollars. An estimate: CLIs do not tell what was written to a cache, or of other rates. */
export function estimate(tokens: SessionTokens, { input, output, cached = input }: Price): number {
  const fresh = Math.max(0, tokens.inputTokens - tokens.cachedTokens);
  return (fresh * input + tokens.cachedTokens * cached + tokens.outputTokens * output) / 1e6;
}
