import { join } from 'node:path';
import { compare, figure, interleaved, quantile, series } from '../measure.ts';
import { talkTo } from '../raw-host.ts';
import type { Scenario } from '../scenario.ts';
import { floorProgram, inWorld } from '../world.ts';

const callsPerRound = 400;
const warmUp = 300;

export const call: Scenario = {
  name: 'call',
  title: 'call overhead: `check_job` through stdio, shim, socket, daemon and back',
  floor: 'raw socket echo through a pipe process',
  bounds: [
    { figure: 'p50 added', unit: 'ms', limit: 0.5, better: 'less' },
    { figure: 'p99 added', unit: 'ms', limit: 5, better: 'less' },
  ],
  run: ({ short }) =>
    inWorld({}, async (world) => {
      await world.startDaemon();
      const host = await world.host();
      const job = /codex-\d+/.exec(await host.call('ask_codex', { task: 'x' }))?.[0];
      const answer = await host.call('check_job', { job_id: job });
      const socket = join(world.home, 'echo.sock');
      const echo = world.node([floorProgram('echo.mjs'), socket, answer]);
      await new Promise((resolve) => echo.stdout?.once('data', resolve));
      const raw = talkTo(world.node([floorProgram('pipe.mjs'), socket]));
      const ours = () => host.call('check_job', { job_id: job });
      const floor = () => raw.call('check_job', { job_id: job });
      await series(warmUp, ours);
      await series(warmUp, floor);
      const rounds = await interleaved(
        short ? 6 : 30,
        () => series(callsPerRound, ours),
        () => series(callsPerRound, floor),
      );
      const at = (q: number) => ({
        ours: rounds.ours.map((times) => quantile(times, q)),
        floor: rounds.floor.map((times) => quantile(times, q)),
      });
      await Promise.all([host.close(), raw.close()]);
      return [figure('p50 added', at(0.5), compare.added), figure('p99 added', at(0.99), compare.added)];
    }),
};
