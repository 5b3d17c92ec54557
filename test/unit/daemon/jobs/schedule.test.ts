import { expect, test } from 'vitest';
import { nextOf } from '../../../../daemon/jobs/schedule.ts';
import type { Job } from '../../../../daemon/store/jobs.ts';
import type { Store } from '../../../../daemon/store/store.ts';
import { proves } from '../../../promises.ts';

/** Queues of callers, of which the first job each may start; `running` is how many each has running. */
function line(queues: Record<string, number[]>, running: Record<string, number> = {}) {
  const candidates = () =>
    Object.entries(queues)
      .filter(([, queue]) => queue.length > 0)
      .map(([caller, [sequence = 0]]) => ({ caller, sequence, busy: running[caller] ?? 0 }) as Job & { busy: number })
      .sort((a, b) => a.sequence - b.sequence);
  const served = new Map<string, number>();
  const store = { jobs: { candidates } } as unknown as Store;
  return {
    served,
    take: (): string => {
      const job = nextOf({ store, served }, { agents: [], hosts: [], trees: [] });
      if (!job) return 'none';
      queues[job.caller]?.shift();
      return `${job.caller}${job.sequence}`;
    },
  };
}

test(`${proves('L-04')} callers take turns, each with its oldest job`, () => {
  const { take, served } = line({ a: [1, 2, 3, 4, 5], b: [6, 7] });
  expect(Array.from({ length: 8 }, take)).toEqual(['a1', 'b6', 'a2', 'b7', 'a3', 'a4', 'a5', 'none']);
  expect([...served.keys()]).toEqual([]);
});

test(`${proves('L-04')} whoever has fewer running comes first`, () => {
  const { take } = line({ a: [1, 2], b: [3, 4] }, { a: 2, b: 1 });
  expect(Array.from({ length: 4 }, take)).toEqual(['b3', 'b4', 'a1', 'a2']);
});
