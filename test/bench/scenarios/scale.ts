import { compare, figure, median, series } from '../measure.ts';
import type { RawHost } from '../raw-host.ts';
import type { Measured, Scenario } from '../scenario.ts';
import { addFinishedJobs } from '../stored.ts';
import { createWorld } from '../world.ts';

const small = 100;
const calls: Record<string, { perRound: number; make(host: RawHost): Promise<string> }> = {
  list: { perRound: 40, make: (host) => host.call('check_job') },
  check: { perRound: 100, make: (host) => host.call('check_job', { job_id: 'codex-77' }) },
  start: { perRound: 20, make: (host) => host.call('ask_codex', { task: 'x' }) },
};

export const scale: Scenario = {
  name: 'scale',
  title: 'scale: list, check, start with 100,000 and 1,000,000 finished jobs',
  floor: `the same with ${small}`,
  bounds: ['100,000', '1,000,000'].flatMap((count) =>
    Object.keys(calls).map((name) => ({
      figure: `${name} of ${count}`,
      unit: '×' as const,
      limit: 1.3,
      better: 'less' as const,
    })),
  ),
  run: async ({ short }) => {
    const rounds = short ? 5 : 15;
    const measured: Measured[] = [];
    for (const count of short ? [100_000] : [100_000, 1_000_000]) {
      const ours = await hostWith(count);
      // A new one for each: a daemon is the faster the more calls it has had, for some thousand of them.
      const floor = await hostWith(small);
      for (const [name, { perRound, make }] of Object.entries(calls)) {
        const times: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
        for (const host of [ours.host, floor.host]) await series(perRound, () => make(host));
        for (let round = 0; round < rounds; round++) {
          const sides = round % 2 === 0 ? (['ours', 'floor'] as const) : (['floor', 'ours'] as const);
          for (const side of sides) {
            const { host } = side === 'ours' ? ours : floor;
            times[side].push(median(await series(perRound, () => make(host))));
          }
        }
        measured.push(figure(`${name} of ${count.toLocaleString('en')}`, times, compare.ratio));
      }
      await Promise.all([ours.close(), floor.close()]);
    }
    return measured;
  },
};

/** A host of a daemon with so many finished jobs. */
async function hostWith(count: number): Promise<{ host: RawHost; close(): Promise<void> }> {
  const world = createWorld();
  await addFinishedJobs(world, count);
  await world.startDaemon();
  return { host: await world.host(), close: world.close };
}
