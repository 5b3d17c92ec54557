import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compare, figure } from '../measure.ts';
import { memoryOf, sleepsOf } from '../readings.ts';
import type { Scenario } from '../scenario.ts';
import { floorProgram, inWorld } from '../world.ts';

const shims = 50;
/** Until the last timer of the handshakes has run and V8 has looked after their memory, which it does seconds later; ms. */
const settleMs = 15_000;

export const idle: Scenario = {
  name: 'idle',
  title: `idle: daemon with ${shims} connected shims for a minute`,
  floor: 'an empty Fastify with as many connections',
  bounds: [
    { figure: 'resident', unit: 'MB', limit: 90, better: 'less' },
    { figure: 'wake-ups', unit: '/s', limit: 1, better: 'less' },
  ],
  run: ({ short }) =>
    inWorld({}, async (world) => {
      const daemon = await world.startDaemon();
      for (let n = 0; n < shims; n++) await world.host();
      const socketPath = join(world.home, 'fastify.sock');
      const fastify = world.node([floorProgram('fastify.mjs'), socketPath]);
      await new Promise((resolve) => fastify.stdout?.once('data', resolve));
      const sockets: Socket[] = Array.from({ length: shims }, () => connect(socketPath));
      await sleep(settleMs);
      const pids = [daemon, fastify.pid as number] as const;
      const seconds = short ? 10 : 60;
      const before = pids.map(sleepsOf);
      await sleep(seconds * 1000);
      const rates = pids.map((pid, n) => (sleepsOf(pid) - (before[n] as number)) / seconds);
      const [ours, floor] = pids.map((pid) => memoryOf(pid).resident) as [number, number];
      for (const socket of sockets) socket.destroy();
      return [
        figure('resident', { ours: [ours], floor: [floor] }, compare.own),
        figure('wake-ups', { ours: [rates[0] as number], floor: [rates[1] as number] }, compare.own),
      ];
    }),
};
