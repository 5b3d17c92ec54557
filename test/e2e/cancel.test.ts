import { describe, expect, test } from 'vitest';
import { eventually, processesOf } from '../helpers/processes.ts';
import { call } from '../models/directives.ts';
import { asked, useWorld } from './world.ts';

const endless = '[[sleep 100000]] [[say never]]';
const slow = '[[sleep 5000]] [[say survived]]';

describe('interrupting a host', () => {
  const ways = [
    { how: 'from a script', args: [] },
    { how: 'with a direct call', args: ['-m', 'unlisted'] },
  ];
  for (const { how, args } of ways) {
    test(`SIGINT to codex that asks ${how} stops the delegate`, async () => {
      const world = await useWorld();
      const { process: host, done } = world.start('codex', call('ask_claude', { task: endless }), { args });
      await eventually('the delegate asks its model', () => asked(world, 'anthropic', endless)[0]);
      // Ctrl-C in a terminal reaches the whole group.
      process.kill(-(host.pid as number), 'SIGINT');
      await done;
      await expect.poll(async () => (await world.jobs())[0]?.state, { timeout: 20_000 }).toBe('cancelled');
      expect(asked(world, 'anthropic', endless)[0]?.aborted).toBe(true);
      expect(processesOf(world.home).filter(({ command }) => command.includes('claude --print'))).toEqual([]);
    });
  }

  test('a host that is killed leaves its delegate to finish', async () => {
    const world = await useWorld();
    const { process: host, done } = world.start('claude', call('ask_codex', { task: slow }));
    await eventually('the delegate asks its model', () => asked(world, 'openai', slow)[0]);
    process.kill(-(host.pid as number), 'SIGKILL');
    expect((await done).signal).toBe('SIGKILL');
    await expect.poll(async () => (await world.jobs())[0]?.state, { timeout: 20_000 }).toBe('succeeded');
    const run = await world.ask('claude', call('check_job', { job_id: 'codex-1' }));
    expect(run.answer).toContain('survived');
  });
});

describe('killing the daemon', () => {
  const hosts = [
    { host: 'claude', agent: 'codex', provider: 'openai' },
    { host: 'codex', agent: 'claude', provider: 'anthropic' },
    { host: 'gemini', agent: 'codex', provider: 'openai' },
  ] as const;
  for (const { host, agent, provider } of hosts) {
    test(`kill -9 during a blocking ask of ${host}: it still gets the answer, and ${agent} ran once`, async () => {
      const world = await useWorld();
      const { done } = world.start(host, call(`ask_${agent}`, { task: slow }));
      await eventually('the delegate asks its model', () => asked(world, provider, slow)[0]);
      const before = world.daemonPid();
      process.kill(before, 'SIGKILL');
      const run = await done;
      expect(run.answer).toContain('survived');
      expect(run.answer).toContain(`job ${agent}-1 · succeeded`);
      expect(world.daemonPid()).not.toBe(before);
      expect(asked(world, provider, slow)).toHaveLength(1);
      expect(await world.jobs()).toMatchObject([{ id: `${agent}-1`, state: 'succeeded' }]);
    });
  }
});
