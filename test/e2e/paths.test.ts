import { describe, expect, test } from 'vitest';
import type { HostName } from '../helpers/hosts.ts';
import { call } from '../models/directives.ts';
import type { ModelRequest } from '../models/server.ts';
import { proves } from '../promises.ts';
import { asked, useWorld } from './world.ts';

interface Path {
  host: HostName;
  agent: 'claude' | 'codex' | 'gemini';
  provider: ModelRequest['provider'];
  /** More arguments for the host. */
  args?: string[];
  how?: string;
}

const paths: Path[] = [
  { host: 'claude', agent: 'codex', provider: 'openai' },
  { host: 'claude', agent: 'gemini', provider: 'gemini' },
  { host: 'claude-old', agent: 'codex', provider: 'openai', how: ' (MCP with initialize)' },
  { host: 'codex', agent: 'claude', provider: 'anthropic', how: ' (from a script, as its own models do)' },
  { host: 'codex', agent: 'claude', provider: 'anthropic', args: ['-m', 'unlisted'], how: ' (with a direct call)' },
  { host: 'gemini', agent: 'codex', provider: 'openai' },
];

describe(`${proves('B-01')} one agent asks another`, () => {
  for (const { host, agent, provider, args, how = '' } of paths) {
    test(`${host} asks ${agent}${how}`, async () => {
      const world = await useWorld({ claude: host === 'claude-old' ? host : 'claude' });
      const task = '[[say the answer is forty-two]]';
      const run = await world.ask(host, call(`ask_${agent}`, { task }), { args });

      expect(run.answer).toContain('the answer is forty-two');
      expect(run.answer).toMatch(
        new RegExp(`\\[qantara\\] job ${agent}-1 · succeeded · .* · session [0-9a-f-]{36} · `),
      );
      expect(run.code).toBe(0);
      // The delegate was asked once, with the task and nothing of the host's conversation.
      const requests = asked(world, provider, task);
      expect(requests).toHaveLength(1);
      expect(requests[0]?.prompt).not.toContain(`ask_${agent}`);
      expect(await world.jobs()).toMatchObject([
        {
          id: `${agent}-1`,
          agent,
          state: 'succeeded',
          task,
          host: host.split('-')[0],
          cwd: world.workspace,
          parent: null,
        },
      ]);
      expect(run.answer).toContain((await world.jobs())[0]?.sessionId);
    });
  }
});

describe('a long ask from codex', () => {
  test('outlives the 30 s after which codex puts a script aside', async () => {
    const world = await useWorld();
    const task = '[[sleep 32000]] [[say worth the wait]]';
    const run = await world.ask('codex', call('ask_claude', { task }));
    expect(run.answer).toMatch(/worth the wait\n\n\[qantara\] job claude-1 · succeeded/);
    const waits = world.models.requests.filter(({ unfinished }) => unfinished);
    expect(waits.length).toBeGreaterThan(0);
    expect(asked(world, 'anthropic', task)).toHaveLength(1);
  });
});

describe(`${proves('B-02')} nesting`, () => {
  const tooDeep = call('ask_codex', { task: '[[say too deep]]' });
  const second = call('ask_claude', { task: tooDeep });
  const first = call('ask_codex', { task: second });

  test('claude asks codex, which asks claude, which may not ask any further', async () => {
    const world = await useWorld({ policy: { BRIDGE_MAX_DEPTH: '2' } });
    const run = await world.ask('claude', first);

    expect(run.answer).toContain('Refused: this delegation is already 2 deep and BRIDGE_MAX_DEPTH is 2.');
    expect(asked(world, 'openai', second).length).toBeGreaterThan(0);
    expect(asked(world, 'anthropic', tooDeep).length).toBeGreaterThan(0);
    expect(asked(world, 'openai', '[[say too deep]]')).toEqual([]);
    const jobs = await world.jobs();
    expect(jobs.map(({ id, parent, state }) => [id, parent, state]).sort()).toEqual([
      ['claude-2', 'codex-1', 'succeeded'],
      ['codex-1', null, 'succeeded'],
    ]);
  });

  test('a depth of 0 refuses the first delegation', async () => {
    const world = await useWorld({ policy: { BRIDGE_MAX_DEPTH: '0' } });
    const run = await world.ask('claude', first);
    expect(run.answer).toContain('already 0 deep and BRIDGE_MAX_DEPTH is 0');
    expect(await world.jobs()).toEqual([]);
  });
});
