import { setTimeout as sleep } from 'node:timers/promises';
import { compare, figure, interleaved } from '../measure.ts';
import type { Scenario } from '../scenario.ts';
import { addFinishedJobs } from '../stored.ts';
import { exitOf, floorProgram, get, inWorld, type World } from '../world.ts';

export const recovery: Scenario = {
  name: 'recovery',
  title: 'recovery: restart with 1,000 running and 100,000 finished jobs',
  floor: 'reading the same rows',
  bounds: [{ figure: 'first answer', unit: 'ms', limit: 1_000, better: 'less' }],
  run: ({ short }) =>
    inWorld({ config: '[limits]\nmax_running = 2000\n' }, async (world) => {
      const running = short ? 100 : 1_000;
      await addFinishedJobs(world, 100_000);
      world.useAgent('hold.sh');
      await world.startDaemon();
      const host = await world.host();
      await Promise.all(Array.from({ length: running }, () => host.call('ask_codex', { task: 'x', background: true })));
      await host.close();
      while ((await runningOf(world)) < running) await sleep(50);
      await world.stopDaemon('SIGKILL');
      const floor = async (): Promise<number> => {
        const began = performance.now();
        await exitOf(world.node([floorProgram('rows.mjs'), world.paths.database]));
        return performance.now() - began;
      };
      const ours = async (): Promise<number> => {
        const took = await untilAnswered(world);
        while ((await runningOf(world)) < running) await sleep(50);
        await world.stopDaemon('SIGKILL');
        return took;
      };
      const times = await interleaved(short ? 3 : 5, ours, floor);
      return [figure('first answer', times, compare.own)];
    }),
};

const runningOf = async ({ paths }: World): Promise<number> =>
  Number(/"running":(\d+)/.exec(await get(paths.socket, '/status'))?.[1] ?? 0);

/** ms from the spawn of the daemon to its first answer. */
async function untilAnswered(world: World): Promise<number> {
  const began = performance.now();
  await world.startDaemon();
  await get(world.paths.socket, '/status');
  return performance.now() - began;
}
