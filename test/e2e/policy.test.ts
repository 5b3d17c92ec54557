import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { World } from '../helpers/hosts.ts';
import { eventually } from '../helpers/processes.ts';
import { call } from '../models/directives.ts';
import { proves } from '../promises.ts';
import { asked, useWorld } from './world.ts';

const done = '[[say done]]';

describe(`${proves('B-13')} models and effort`, () => {
  const cases = [
    { agent: 'codex', provider: 'openai', variable: 'BRIDGE_CODEX_MODEL' },
    { agent: 'claude', provider: 'anthropic', variable: 'BRIDGE_CLAUDE_MODEL' },
    { agent: 'gemini', provider: 'gemini', variable: 'BRIDGE_GEMINI_MODEL' },
  ] as const;
  for (const { agent, provider, variable } of cases) {
    test(`${variable} is the default, and the parameter wins over it`, async () => {
      const world = await useWorld({ policy: { [variable]: 'from-policy' } });
      const host = agent === 'codex' ? 'claude' : 'codex';
      const tool = `ask_${agent}`;
      const other = '[[say other]]';
      await world.ask(host, call(tool, { task: done }) + call(tool, { task: other, model: 'from-call' }));
      expect(asked(world, provider, done).map(({ model }) => model)).toEqual(['from-policy']);
      expect(asked(world, provider, other).map(({ model }) => model)).toEqual(['from-call']);
    });
  }

  test('BRIDGE_CODEX_REASONING is the default, and the parameter wins over it', async () => {
    const world = await useWorld({ policy: { BRIDGE_CODEX_REASONING: 'high' } });
    const other = '[[say other]]';
    await world.ask(
      'claude',
      call('ask_codex', { task: done }) + call('ask_codex', { task: other, reasoning: 'medium' }),
    );
    expect(asked(world, 'openai', done)[0]?.reasoning.effort).toBe('high');
    expect(asked(world, 'openai', other)[0]?.reasoning.effort).toBe('medium');
  });

  test('reasoning and thinking reach claude', async () => {
    const world = await useWorld();
    const scripts = ['[[say low]]', '[[say hard]]', '[[say old]]'] as const;
    await world.ask(
      'codex',
      call('ask_claude', { task: scripts[0], reasoning: 'low' }) +
        call('ask_claude', { task: scripts[1], thinking: 'think_hard' }) +
        call('ask_claude', { task: scripts[2], thinking: 'think_hard', model: 'claude-sonnet-4-5' }),
    );
    const reasoning = scripts.map((script) => asked(world, 'anthropic', script)[0]?.reasoning);
    expect(reasoning[0]?.effort).toBe('low');
    expect(reasoning[1]?.effort).toBe('high');
    // Models of that time take a budget of tokens.
    expect(reasoning[2]?.thinking).toMatchObject({ type: 'enabled', budget_tokens: 10_000 });
  });

  test('what a CLI cannot do is refused by name', async () => {
    const world = await useWorld();
    const run = await world.ask('claude', call('ask_gemini', { task: done, thinking: 'ultrathink' }));
    expect(run.answer).toContain('ask_gemini');
    expect(run.answer).toContain('thinking');
    expect(asked(world, 'gemini', done)).toEqual([]);
  });
});

describe('BRIDGE_EXPOSE', () => {
  test('only the agents named are offered', async () => {
    const world = await useWorld({ policy: { BRIDGE_EXPOSE: 'codex' } });
    const run = await world.ask('gemini', done);
    expect(run.answer).toBe('done');
    const tools = world.models.requests[0]?.tools.filter((tool) => tool.includes('qantara'));
    expect(tools).toEqual(['ask_codex', 'wait_job', 'check_job', 'cancel_job'].map((tool) => `mcp_qantara_${tool}`));
  });

  test('all are offered by default, to codex too', async () => {
    const world = await useWorld();
    await world.ask('codex', done, { args: ['-m', 'unlisted'] });
    const tools = world.models.requests[0]?.tools.filter((tool) => tool.startsWith('mcp__qantara'));
    const names = ['ask_claude', 'ask_codex', 'ask_gemini', 'wait_job', 'check_job', 'cancel_job'];
    expect(tools?.sort()).toEqual(names.map((tool) => `mcp__qantara|${tool}`).sort());
  });
});

describe(`${proves('B-09')} limits of time`, () => {
  const late = '[[sleep 4000]] [[say late]]';
  const endless = '[[sleep 100000]] [[say never]]';

  test('BRIDGE_TIMEOUT_MS hands over a job id, and wait_job brings the result', async () => {
    const world = await useWorld({ policy: { BRIDGE_TIMEOUT_MS: '1500' } });
    const run = await world.ask('claude', call('ask_codex', { task: late }) + call('wait_job', { job_id: 'codex-1' }));
    const [handover, result] = world.models.requests.at(-1)?.results ?? [];
    expect(handover).toContain('goes on in the background as job codex-1');
    expect(handover).not.toContain('late');
    expect(result).toMatch(/^late\n\n\[qantara\] job codex-1 · succeeded/);
    expect(run.answer).toContain('late');
    expect(asked(world, 'openai', late)).toHaveLength(1);
  });

  test('BRIDGE_ON_TIMEOUT=kill ends the delegate', async () => {
    const world = await useWorld({ policy: { BRIDGE_TIMEOUT_MS: '2500', BRIDGE_ON_TIMEOUT: 'kill' } });
    const run = await world.ask('claude', call('ask_codex', { task: endless }));
    expect(run.answer).toMatch(/Codex was stopped after .*BRIDGE_TIMEOUT_MS/);
    expect(await world.jobs()).toMatchObject([{ state: 'timed_out', error: expect.any(String) }]);
    expect(asked(world, 'openai', endless)[0]?.aborted).toBe(true);
  });

  test('BRIDGE_JOB_TIMEOUT_MS ends a background job, BRIDGE_WAIT_CAP_MS a single wait', async () => {
    const world = await useWorld({ policy: { BRIDGE_JOB_TIMEOUT_MS: '3500', BRIDGE_WAIT_CAP_MS: '500' } });
    const wait = call('wait_job', { job_id: 'claude-1' });
    await world.ask('codex', `${call('ask_claude', { task: endless, background: true })}${wait}[[sleep 4500]]${wait}`);
    const [started, capped, ended] = world.models.requests.at(-1)?.results ?? [];
    expect(started).toContain('Started in the background as job claude-1');
    expect(capped).toContain('Job claude-1 is not done after another');
    expect(ended).toContain('BRIDGE_JOB_TIMEOUT_MS');
    expect(await world.jobs()).toMatchObject([{ state: 'timed_out' }]);
  });
});

describe('BRIDGE_MAX_OUTPUT_BYTES', () => {
  test('a long answer is cut with words on how to read the rest, and the rest can be read', async () => {
    const world = await useWorld({ policy: { BRIDGE_MAX_OUTPUT_BYTES: '200' } });
    const words = Array.from({ length: 60 }, (_, index) => `w${index}`).join(' ');
    const rest = call('check_job', { job_id: 'codex-1', offset: 200 });
    await world.ask('claude', call('ask_codex', { task: `[[say ${words}]]` }) + rest);
    const [first, second] = world.models.requests.at(-1)?.results ?? [];
    expect(first).toContain(`cut: 200 of ${words.length} bytes shown`);
    expect(first).toContain('check_job');
    expect(first?.slice(0, 200)).toBe(words.slice(0, 200));
    expect(second?.startsWith(words.slice(200))).toBe(true);
  });
});

describe('BRIDGE_CLARIFY and BRIDGE_DEBUG', () => {
  const promptOf = (world: World) => asked(world, 'openai', done)[0]?.prompt ?? '';

  test('delegates are told to ask rather than guess, unless BRIDGE_CLARIFY is 0', async () => {
    const asking = await useWorld();
    const silent = await useWorld({ policy: { BRIDGE_CLARIFY: '0' } });
    for (const world of [asking, silent]) await world.ask('claude', call('ask_codex', { task: done }));
    expect(promptOf(asking)).toMatch(/do not guess/);
    expect(promptOf(silent)).toContain(done);
    expect(promptOf(silent)).not.toMatch(/do not guess/);
  });

  test('BRIDGE_DEBUG is a file of diagnostics without anything secret', async () => {
    const world = await useWorld();
    const file = join(world.home, 'debug.log');
    world.register({ BRIDGE_DEBUG: file });
    world.environment.SOME_SECRET = 'do-not-write-me';
    await world.ask('claude', call('ask_codex', { task: done }));
    const log = await eventually('the log has something to say', () => readFileSync(file, 'utf8').trim());
    expect(log).not.toContain('do-not-write-me');
  });
});

describe(`${proves('B-14')} a bad value`, () => {
  for (const host of ['claude', 'codex', 'gemini'] as const) {
    test(`is refused by name, in words that ${host} shows`, async () => {
      const world = await useWorld({ policy: { BRIDGE_SANDBOX: 'sometimes' } });
      const run = await world.ask(host, call('ask_codex', { task: done }));
      for (const part of ['BRIDGE_SANDBOX', 'sometimes', 'read-only, workspace-write, danger-full-access']) {
        expect(run.answer).toContain(part);
      }
      expect(asked(world, 'openai', done)).toEqual([]);
    });
  }
});
