import type { Measured } from './scenario.ts';

/** The value below which a share `q` of the sorted values lies, interpolated. Throws on an empty list. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Both sides in turn, the order changed every round, so that a drift of the machine meets both alike. */
export async function interleaved<A, B>(
  rounds: number,
  ours: () => A | Promise<A>,
  floor: () => B | Promise<B>,
): Promise<{ ours: A[]; floor: B[] }> {
  const measured: { ours: A[]; floor: B[] } = { ours: [], floor: [] };
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) measured.ours.push(await ours());
    measured.floor.push(await floor());
    if (round % 2 === 1) measured.ours.push(await ours());
  }
  return measured;
}

/** How the two sides of a round make its value. */
export const compare = {
  ratio: (ours: number, floor: number): number => ours / floor,
  /** For rates and durations where more is better: how much of the floor's speed is left. */
  share: (ours: number, floor: number): number => floor / ours,
  added: (ours: number, floor: number): number => ours - floor,
  own: (ours: number): number => ours,
};

/** One figure from the values of every round. */
export function figure(
  name: string,
  { ours, floor }: { ours: readonly number[]; floor: readonly number[] },
  how: (ours: number, floor: number) => number,
): Measured {
  const values = ours.map((value, round) => how(value, floor[round] ?? Number.NaN));
  return {
    figure: name,
    value: median(values),
    spread: [quantile(values, 0.25), quantile(values, 0.75)],
    ours: median(ours),
    floor: floor.length === 0 ? Number.NaN : median(floor),
  };
}

/** Milliseconds that `work` takes, by the monotonic clock. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** `count` durations of `work`, one after the other. */
export async function series(count: number, work: () => unknown): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n++) found.push(await timed(work));
  return found;
}
