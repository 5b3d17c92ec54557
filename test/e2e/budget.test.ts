import { describe, expect, test } from 'vitest';
import { call } from '../models/directives.ts';
import { proves } from '../promises.ts';
import { useWorld } from './world.ts';

/** Three commands: four calls of the model, each of which costs something. */
const busy = `${[1, 2, 3].map((n) => call('Bash', { command: `echo ${n}` })).join(' ')} [[say done]]`;

describe.each(['claude', 'claude-old'] as const)('%s', (claude) => {
  test(`${proves('U-08', 'U-01')} stops itself at what is left of the dollars, and then nobody is asked any more`, async () => {
    const world = await useWorld({ claude, policy: { BRIDGE_MAX_COST_USD: '0.0003' } });
    const run = await world.ask(
      'codex',
      call('ask_claude', { task: busy }) + call('ask_gemini', { task: '[[say hi]]' }),
    );
    expect(run.answer).toMatch(
      /Claude Code was stopped: this conversation has used \$0\.000\d of \$0\.0003\. Only the owner/,
    );
    expect(run.answer).toMatch(/Refused: this conversation has used \$0\.000\d of \$0\.0003\./);
    const [job, ...others] = await world.jobs();
    expect(others).toEqual([]);
    expect(job).toMatchObject({ agent: 'claude', state: 'failed' });
    // It made one call after the one that passed the limit at most, not all four.
    expect(world.models.requests.filter(({ provider }) => provider === 'anthropic').length).toBeLessThan(4);
  });

  test(`${proves('U-08')} holds the budget against a resumed run alone, and its tokens and cost too`, async () => {
    const world = await useWorld({ claude, policy: { BRIDGE_MAX_COST_USD: '0.0008' } });
    const first = await world.ask('codex', call('ask_claude', { task: busy }));
    // Another conversation, with a budget of its own, which both runs together would pass.
    const second = await world.ask('codex', call('ask_claude', { task: `${busy} again`, continue_session: true }));
    const spent = (answer: string) => / · (\d+ tokens in, \d+ out · \$0\.000\d)/.exec(answer)?.[1];
    expect(first.answer).toContain('claude-1 · succeeded');
    expect(second.answer).toContain('claude-2 · succeeded');
    expect(spent(first.answer)).toMatch(/^56 tokens in, 20 out/);
    expect(spent(second.answer)).toBe(spent(first.answer));
  });
});

test(`${proves('U-07')} of a resumed Codex session only the new tokens are counted`, async () => {
  const world = await useWorld();
  const tokens = (answer: string) => / · (\d+) tokens in, (\d+) out/.exec(answer)?.slice(1).map(Number);
  const ask = (task: string) => call('ask_codex', { task, continue_session: true });
  const first = tokens((await world.ask('claude', call('ask_codex', { task: '[[say first]]' }))).answer);
  const second = tokens((await world.ask('claude', ask('[[say second]]'))).answer);
  const third = tokens((await world.ask('claude', ask('[[say third]]'))).answer);
  expect(first?.[0]).toBeGreaterThan(0);
  // The scripted model takes the same number of tokens for every turn.
  expect(second).toEqual(first);
  expect(third).toEqual(first);
});
