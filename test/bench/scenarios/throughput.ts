import { setTimeout as sleep } from 'node:timers/promises';
import { spawnDirectly } from '../direct.ts';
import { compare, figure, interleaved, timed } from '../measure.ts';
import type { Scenario } from '../scenario.ts';
import { get, inWorld, type World } from '../world.ts';

const atOnce = 16;

export const throughput: Scenario = {
  name: 'throughput',
  title: `throughput: 1,000 background jobs, ${atOnce} at once`,
  floor: `spawning the same agents directly, ${atOnce} at once`,
  bounds: [{ figure: 'speed', unit: '×', limit: 0.7, better: 'more' }],
  run: ({ short }) =>
    inWorld({ config: `[limits]\nmax_running = ${atOnce}\n` }, async (world) => {
      await world.startDaemon();
      const host = await world.host();
      const count = short ? 150 : 1_000;
      let expected = 0;
      const ours = async (): Promise<void> => {
        expected += count;
        await Promise.all(Array.from({ length: count }, () => host.call('ask_codex', { task: 'x', background: true })));
        while ((await succeeded(world)) < expected) await sleep(10);
      };
      const lane = async (share: number): Promise<void> => {
        for (let n = 0; n < share; n++) await spawnDirectly(world, 'x');
      };
      const floor = () => Promise.all(Array.from({ length: atOnce }, () => lane(count / atOnce)));
      await host.call('ask_codex', { task: 'x' });
      expected++;
      const times = await interleaved(
        3,
        () => timed(ours),
        () => timed(floor),
      );
      await host.close();
      return [figure('speed', times, compare.share)];
    }),
};

const succeeded = async ({ paths }: World): Promise<number> =>
  Number(/"succeeded":(\d+)/.exec(await get(paths.socket, '/status'))?.[1] ?? 0);
