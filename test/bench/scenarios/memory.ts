import { setTimeout as sleep } from 'node:timers/promises';
import { compare, figure, interleaved, median } from '../measure.ts';
import { type RawHost, talkTo } from '../raw-host.ts';
import { memoryOf } from '../readings.ts';
import type { Scenario } from '../scenario.ts';
import { inWorld, programs, type World } from '../world.ts';

const atOnce = 12;
/** Until what the start left is collected and pages are where they stay; ms. */
const settleMs = 300;

export const memory: Scenario = {
  name: 'memory',
  title: `shim: private memory after the handshake, ${atOnce} at once`,
  floor: 'empty Node holding stdin',
  bounds: [
    { figure: 'memory', unit: '×', limit: 1.2, better: 'less' },
    { figure: 'private', unit: 'MB', limit: 9, better: 'less' },
  ],
  run: ({ short }) =>
    inWorld({}, async (world) => {
      const held = await interleaved(
        short ? 2 : 7,
        () => privateOf(world, [programs.shim, '--host', 'claude'], true),
        () => privateOf(world, ['-e', 'process.stdin.resume()'], false),
      );
      return [figure('memory', held, compare.ratio), figure('private', held, compare.own)];
    }),
};

/** MB of private memory of one of a dozen such processes, after the handshake where they take one. */
export async function privateOf(world: World, args: readonly string[], serves: boolean): Promise<number> {
  const hosts: RawHost[] = Array.from({ length: atOnce }, () => talkTo(world.node(args)));
  if (serves) {
    await Promise.all(hosts.map((host) => host.initialize()));
    await Promise.all(hosts.map((host) => host.request('tools/list')));
  }
  await sleep(settleMs);
  const held = median(hosts.map(({ pid }) => memoryOf(pid).private));
  await Promise.all(hosts.map((host) => host.kill()));
  return held;
}
