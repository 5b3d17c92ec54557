import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { call } from '../models/directives.ts';
import { asked, useWorld } from './world.ts';

const first = '[[say first]]';
const second = '[[say second]]';
const third = '[[say third]]';

const pairs = [
  { host: 'codex', agent: 'claude', provider: 'anthropic' },
  { host: 'claude', agent: 'codex', provider: 'openai' },
  { host: 'claude', agent: 'gemini', provider: 'gemini' },
] as const;

describe('continue_session', () => {
  for (const { host, agent, provider } of pairs) {
    const ask = (task: string, more: object = {}) => call(`ask_${agent}`, { task, ...more });

    test(`a later run of ${host} goes on with its ${agent}`, async () => {
      const world = await useWorld();
      await world.ask(host, ask(first));
      const run = await world.ask(host, ask(second, { continue_session: true }));
      expect(run.answer).toContain('second');
      // The delegate remembers: its model saw the first task before the second.
      expect(asked(world, provider, second)[0]?.earlier.join('\n')).toContain(first);
      const sessions = (await world.jobs()).map(({ sessionId }) => sessionId);
      expect(new Set(sessions).size).toBe(1);
    });
  }

  test('lives through a restart of the daemon, and without it a new session begins', async () => {
    const world = await useWorld();
    const ask = (task: string, more: object = {}) => call('ask_codex', { task, ...more });
    await world.ask('claude', ask(first));
    const before = world.daemonPid();
    expect((await world.qantara('daemon', 'restart')).code).toBe(0);
    expect(world.daemonPid()).not.toBe(before);
    await world.ask('claude', ask(second, { continue_session: true }));
    expect(asked(world, 'openai', second)[0]?.earlier.join('\n')).toContain(first);
    await world.ask('claude', ask(third));
    expect(asked(world, 'openai', third)[0]?.earlier).toEqual([]);
  });

  test('does not reach into another project', async () => {
    const world = await useWorld();
    const other = join(world.home, 'other');
    mkdirSync(other);
    await world.ask('claude', call('ask_codex', { task: first }));
    const run = await world.ask('claude', call('ask_codex', { task: second, continue_session: true }), { cwd: other });
    expect(run.answer).toContain(`There is no earlier Codex session of this caller in ${other}`);
    expect(asked(world, 'openai', second)).toEqual([]);
  });
});

describe('session_id', () => {
  for (const { host, agent, provider } of pairs) {
    test(`resumes exactly that session of ${agent}, wherever it is called from`, async () => {
      const world = await useWorld();
      const other = join(world.home, 'other');
      mkdirSync(other);
      const ask = (task: string, more: object = {}) => call(`ask_${agent}`, { task, ...more });
      const footer = (await world.ask(host, ask(first))).answer;
      const [, session = ''] = /· session ([0-9a-f-]{36}) ·/.exec(footer) ?? [];
      await world.ask(host, ask(second));
      const more = { session_id: session, continue_session: true };
      const run = await world.ask(host, ask(third, more), { cwd: other });
      expect(run.answer).toContain(`session ${session}`);
      const earlier = asked(world, provider, third)[0]?.earlier.join('\n');
      expect(earlier).toContain(first);
      expect(earlier).not.toContain(second);
      expect((await world.jobs()).find(({ task }) => task === third)?.cwd).toBe(world.workspace);
    });
  }
});

describe('background jobs', () => {
  const slow = '[[sleep 1500]] [[say slow answer]]';

  test('a run starts one, the next is told, collects it, and the one after is not told again', async () => {
    const world = await useWorld();
    const started = await world.ask('claude', call('ask_codex', { task: slow, background: true }));
    expect(started.answer).toContain('Started in the background as job codex-1');
    await expect.poll(async () => (await world.jobs())[0]?.state, { timeout: 15_000 }).toBe('succeeded');

    const told = await world.ask('claude', call('ask_gemini', { task: '[[say other]]' }));
    expect(told.answer).toMatch(
      /\[qantara\] notice: background job "codex-1" \(codex\) finished \S+ ago and is unread — call check_job with job_id "codex-1"\./,
    );
    const collected = await world.ask('claude', call('check_job') + call('check_job', { job_id: 'codex-1' }));
    const [listed, result] = world.models.requests.at(-1)?.results ?? [];
    expect(listed).toMatch(/^codex-1 · succeeded, unread/m);
    expect(result).toMatch(/^slow answer\n\n\[qantara\] job codex-1 · succeeded/);
    expect(result).not.toContain('notice');
    expect(collected.answer).toContain('slow answer');
    const after = await world.ask('claude', call('check_job'));
    expect(after.answer).toContain('codex-1 · succeeded');
    expect(after.answer).not.toContain('notice');
  });

  test('one that runs when its host ends is waited for by the next run, also of codex', async () => {
    const world = await useWorld();
    await world.ask('codex', call('ask_claude', { task: '[[sleep 6000]] [[say slow answer]]', background: true }));
    expect(await world.jobs()).toMatchObject([{ id: 'claude-1', state: expect.stringMatching(/starting|running/) }]);
    const run = await world.ask('codex', call('wait_job', { job_id: 'claude-1' }));
    expect(run.answer).toMatch(/slow answer\n\n\[qantara\] job claude-1 · succeeded/);
  });

  test('cancel_job stops one with everything it started', async () => {
    const world = await useWorld();
    const task = call('exec_command', { cmd: 'sleep 1000', yield_time_ms: 30_000 });
    const cancel = call('cancel_job', { job_id: 'codex-1' });
    await world.ask('claude', `${call('ask_codex', { task, background: true })}[[sleep 3000]]${cancel}`);
    expect(asked(world, 'openai', task)).toHaveLength(1);
    expect(world.models.requests.at(-1)?.results.at(-1)).toContain('Job codex-1 was cancelled.');
    expect(await world.jobs()).toMatchObject([{ state: 'cancelled' }]);
  });
});
