import { spawnDirectly } from '../direct.ts';
import { compare, figure, interleaved, median, series } from '../measure.ts';
import type { Scenario } from '../scenario.ts';
import { inWorld } from '../world.ts';

const asksPerRound = 20;

export const ask: Scenario = {
  name: 'ask',
  title: 'ask overhead: `ask_codex` with an agent that ends at once, the job durable in SQLite',
  floor: 'the direct spawn of the same agent with files as its stdio',
  bounds: [{ figure: 'p50 added', unit: 'ms', limit: 4, better: 'less' }],
  run: ({ short }) =>
    inWorld({}, async (world) => {
      await world.startDaemon();
      const host = await world.host();
      const ours = () => host.call('ask_codex', { task: 'What is two and two?' });
      const floor = () => spawnDirectly(world, 'What is two and two?');
      await series(30, ours);
      await series(30, floor);
      const rounds = await interleaved(
        short ? 6 : 25,
        async () => median(await series(asksPerRound, ours)),
        async () => median(await series(asksPerRound, floor)),
      );
      await host.close();
      return [figure('p50 added', rounds, compare.added)];
    }),
};
