import { describe, expect, test } from 'vitest';
import type { HostName } from '../helpers/hosts.ts';
import { call } from '../models/directives.ts';
import { useWorld } from './world.ts';

type AgentName = 'claude' | 'codex' | 'gemini';

interface Case {
  agent: AgentName;
  title: string;
  host: HostName;
  login: string;
  others: AgentName[];
  limit: RegExp;
}

const agents: Case[] = [
  {
    agent: 'claude',
    title: 'Claude Code',
    host: 'codex',
    login: 'claude',
    others: ['codex', 'gemini'],
    limit: /Wait until the limit resets \(\S+ \(UTC\)\)/,
  },
  {
    agent: 'codex',
    title: 'Codex',
    host: 'claude',
    login: 'codex login',
    others: ['claude', 'gemini'],
    limit: /Wait until the limit resets \(\d+:\d+ [AP]M\)/,
  },
  {
    agent: 'gemini',
    title: 'Gemini CLI',
    host: 'claude',
    login: 'gemini',
    others: ['claude', 'codex'],
    // Gemini CLI knows when a daily quota ends and does not tell (0.61).
    limit: /exhausted your daily quota.* Wait until the limit resets, choose/,
  },
];

for (const { agent, title, host, login, others, limit } of agents) {
  const ask = (task: string, more: object = {}) => call(`ask_${agent}`, { task, ...more });

  describe(`${title} fails`, () => {
    test('not logged in', async () => {
      const world = await useWorld({ loggedIn: others });
      const run = await world.ask(host, ask('[[say hello]]'));
      expect(run.answer).toContain(`${title} is not logged in: `);
      expect(run.answer).toContain(`\`${login}`);
      expect(run.answer).not.toMatch(/\bat .*\.js:\d+/);
      expect(await world.jobs()).toMatchObject([{ state: 'failed', error: expect.stringContaining('not logged in') }]);
    });

    test('an error of its provider', async () => {
      const world = await useWorld();
      const run = await world.ask(host, ask('[[fail 400]]'));
      expect(run.answer).toContain(`${title} failed: `);
      expect(run.answer).toContain('scripted failure 400');
      expect(run.answer).not.toMatch(/\bat .*\.js:\d+/);
      expect(await world.jobs()).toMatchObject([{ state: 'failed' }]);
    });

    test('a usage limit, with the time of its end where the CLI tells it', async () => {
      const world = await useWorld({ claudeLogin: 'subscription' });
      const run = await world.ask(host, ask('[[limit]]'));
      expect(run.answer).toContain(`${title} has reached a usage limit: `);
      expect(run.answer).toMatch(limit);
      expect(await world.jobs()).toMatchObject([{ state: 'failed' }]);
    });

    test('an unknown session', async () => {
      const world = await useWorld();
      const session = '01234567-89ab-4cde-8f01-23456789abcd';
      const run = await world.ask(host, ask('[[say hello]]', { session_id: session }));
      expect(run.answer).toContain(`${title} does not know the session "${session}"`);
    });

    test('not installed', async () => {
      const world = await useWorld();
      world.remove(agent);
      const run = await world.ask(host, ask('[[say hello]]'));
      expect(run.answer).toContain(`${title} is not installed: no executable "${agent}" on the PATH`);
      expect(run.answer).toContain('npm install --global');
      expect(await world.jobs()).toEqual([]);
    });
  });
}

describe('a host shows', () => {
  test('which parameter is wrong', async () => {
    const world = await useWorld();
    const run = await world.ask('claude', call('ask_codex', { task: 'x', cwd: '/no/such/folder' }));
    expect(run.answer).toContain('ask_codex: the directory "/no/such/folder" does not exist');
  });

  test('that a job is unknown', async () => {
    const world = await useWorld();
    const run = await world.ask('claude', call('wait_job', { job_id: 'codex-99' }));
    expect(run.answer).toContain('There is no job "codex-99".');
  });
});
