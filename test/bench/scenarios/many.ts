import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderOf, readPid } from '../../../daemon/runner/folder.ts';
import { spawnDirectly } from '../direct.ts';
import { compare, figure } from '../measure.ts';
import { memoryOf } from '../readings.ts';
import type { Scenario } from '../scenario.ts';
import { floorProgram, get, inWorld, type World } from '../world.ts';

const together = 200;

export const many: Scenario = {
  name: 'many',
  title: `${together} running jobs at once, each with a line a second`,
  floor: 'the same agents without us, beside an empty Fastify',
  bounds: [
    { figure: 'memory per job', unit: 'MB', limit: 1, better: 'less' },
    { figure: 'event-loop delay p99', unit: 'ms', limit: 50, better: 'less' },
  ],
  run: async ({ short }) => {
    const seconds = short ? 5 : 20;
    const floor = await inWorld({ agent: 'talk.sh' }, async (world) => {
      talk(world);
      const delays = join(world.home, 'delays');
      const fastify = world.node(
        ['--import', floorProgram('delay.mjs'), floorProgram('fastify.mjs'), join(world.home, 'f.sock')],
        { env: { ...world.environment, BENCH_DELAYS: delays } },
      );
      await new Promise((resolve) => fastify.stdout?.once('data', resolve));
      for (let n = 0; n < together; n++) void spawnDirectly(world, 'x').catch(() => {});
      return await delayOf(fastify.pid as number, delays, seconds);
    });
    return await inWorld({ agent: 'talk.sh', config: `[limits]\nmax_running = ${together}\n` }, async (world) => {
      talk(world);
      const delays = join(world.home, 'delays');
      world.environment.BENCH_DELAYS = delays;
      const daemon = await world.startDaemon(['--import', floorProgram('delay.mjs')]);
      const host = await world.host();
      const before = memoryOf(daemon).private;
      for (let n = 0; n < together; n++) await host.call('ask_codex', { task: 'x', background: true });
      while ((await runningOf(world)) < together) await sleep(50);
      const ours = await delayOf(daemon, delays, seconds);
      const supervisors = supervisorsOf(world).reduce((sum, pid) => sum + memoryOf(pid).private, 0);
      const perJob = (memoryOf(daemon).private - before + supervisors) / together;
      await host.close();
      return [
        figure('memory per job', { ours: [perJob], floor: [0] }, compare.own),
        figure('event-loop delay p99', { ours: [ours], floor: [floor] }, compare.own),
      ];
    });
  },
};

const files = 20;
const line = JSON.stringify({
  type: 'item.completed',
  item: { id: 'item_1', type: 'agent_message', text: 'Still at it.' },
});

/** Gives each of the world's agents a line a second, a part of them at a time, until the world is gone. */
function talk({ home }: World): void {
  const lines = join(home, 'lines');
  mkdirSync(lines);
  for (let n = 0; n < files; n++) writeFileSync(join(lines, String(n)), '');
  let next = 0;
  const timer = setInterval(() => {
    if (existsSync(lines)) appendFileSync(join(lines, String(next++ % files)), `${line}\n`);
    else clearInterval(timer);
  }, 1_000 / files);
}

const runningOf = async ({ paths }: World): Promise<number> =>
  Number(/"running":(\d+)/.exec(await get(paths.socket, '/status'))?.[1] ?? 0);

const supervisorsOf = ({ paths }: World): number[] =>
  Array.from({ length: together }, (_, n) => readPid(folderOf(paths.jobs, `codex-${n + 1}`)) as number);

/** p99 of what the event loop of a process that has `delay.mjs` was late by, over so many seconds from now on; ms. */
async function delayOf(pid: number, path: string, seconds: number): Promise<number> {
  process.kill(pid, 'SIGUSR2');
  await sleep(seconds * 1000);
  process.kill(pid, 'SIGUSR2');
  await sleep(500);
  return Number(readFileSync(path, 'utf8').trim().split('\n').at(-1));
}
