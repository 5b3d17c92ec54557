import { closeSync, openSync, readSync, watch } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { spawnDirectly } from '../direct.ts';
import { compare, figure, interleaved, quantile } from '../measure.ts';
import type { Scenario } from '../scenario.ts';
import { inWorld, type World } from '../world.ts';

export const activity: Scenario = {
  name: 'activity',
  title: 'activity latency: agent writes a line, a follower of the job sees it',
  floor: 'file watch alone',
  bounds: [
    { figure: 'p50', unit: 'ms', limit: 5, better: 'less' },
    { figure: 'p99', unit: 'ms', limit: 50, better: 'less' },
  ],
  run: ({ short }) =>
    inWorld({ agent: 'stamp.mjs' }, async (world) => {
      await world.startDaemon();
      const host = await world.host();
      const ours = async (): Promise<number[]> => {
        const answer = await host.call('ask_codex', { task: 'x', background: true });
        return await followed(world, /codex-\d+/.exec(answer)?.[0] as string);
      };
      const rounds = await interleaved(short ? 3 : 15, ours, () => watched(world));
      await host.close();
      const at = (q: number) => ({
        ours: rounds.ours.map((ages) => quantile(ages, q)),
        floor: rounds.floor.map((ages) => quantile(ages, q)),
      });
      return [figure('p50', at(0.5), compare.own), figure('p99', at(0.99), compare.own)];
    }),
};

/** The ages of the stamps in a text that has just come; ms. */
const agesIn = (text: string): number[] => {
  const now = process.hrtime.bigint();
  return [...text.matchAll(/at (\d{6,})/g)].map(([, stamp]) => Number(now - BigInt(stamp as string)) / 1e6);
};

/** How old each line of a job is when it reaches who follows the job through the daemon; ms. */
const followed = ({ paths }: World, id: string): Promise<number[]> =>
  new Promise((resolve, reject) => {
    const ages: number[] = [];
    const socket = connect(paths.socket, () => {
      const route = `/jobs/${id}/events?follow=true`;
      socket.write(`GET ${route} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => ages.push(...agesIn(text)));
    socket.on('end', () => resolve(ages)).on('error', reject);
  });

/** How old each line of the agent is when a watch on its output tells of it; ms. */
async function watched(world: World): Promise<number[]> {
  const ages: number[] = [];
  const buffer = Buffer.alloc(64 * 1024);
  const read = (file: number): void => {
    const length = readSync(file, buffer);
    if (length > 0) ages.push(...agesIn(buffer.toString('latin1', 0, length)));
  };
  await spawnDirectly(world, 'x', (folder) => {
    const file = openSync(join(folder, 'out'), 'r');
    const watcher = watch(folder, () => read(file));
    return () => {
      watcher.close();
      closeSync(file);
    };
  });
  return ages;
}
