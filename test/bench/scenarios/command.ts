import { compare, figure, interleaved } from '../measure.ts';
import type { Scenario } from '../scenario.ts';
import { addFinishedJobs } from '../stored.ts';
import { inWorld, programs } from '../world.ts';
import { untilEnded } from './shim.ts';

export const command: Scenario = {
  name: 'command',
  title: 'command line: `--version`, and `jobs ls` with 100,000 jobs',
  floor: '`node -e 0`',
  bounds: [
    { figure: '--version', unit: '×', limit: 1.2, better: 'less' },
    { figure: 'jobs ls', unit: '×', limit: 1.6, better: 'less' },
  ],
  run: ({ short }) =>
    inWorld({}, async (world) => {
      await addFinishedJobs(world, 100_000);
      await world.startDaemon();
      const floor = () => untilEnded(() => world.node(['-e', '0'], { stdio: 'ignore' }));
      const ours = (args: string[]) => () =>
        untilEnded(() => world.node([programs.command, ...args], { stdio: 'ignore' }));
      const rounds = short ? 15 : 41;
      return [
        figure('--version', await interleaved(rounds, ours(['--version']), floor), compare.ratio),
        figure('jobs ls', await interleaved(rounds, ours(['jobs', 'ls']), floor), compare.ratio),
      ];
    }),
};
