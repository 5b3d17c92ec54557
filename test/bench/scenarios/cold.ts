import { compare, figure, interleaved } from '../measure.ts';
import { talkTo } from '../raw-host.ts';
import type { Scenario } from '../scenario.ts';
import { inWorld, programs } from '../world.ts';
import { untilEnded } from './shim.ts';

export const cold: Scenario = {
  name: 'cold',
  title: 'cold start: no daemon, first `tools/call` of a fresh shim to its answer',
  floor: '`node -e 0`',
  bounds: [{ figure: 'start', unit: '×', limit: 8, better: 'less' }],
  run: ({ short }) =>
    inWorld({}, async (world) => {
      const ours = async (): Promise<number> => {
        const began = performance.now();
        const host = talkTo(world.node([programs.shim, '--host', 'claude'], { stdio: ['pipe', 'pipe', 'inherit'] }));
        await host.initialize();
        await host.call('check_job');
        const took = performance.now() - began;
        await host.close();
        await world.stopDaemon();
        return took;
      };
      // The first one also makes the state folder and whatever is kept for later starts.
      await ours();
      const times = await interleaved(short ? 7 : 25, ours, () => untilEnded(() => world.node(['-e', '0'])));
      return [figure('start', times, compare.ratio)];
    }),
};
