import { describe, expect, it } from 'vitest';
import { type Line, linesIn, splitterFrom } from '../../daemon/runner/lines.ts';
import { type Agent, accessLevels, reasoningLevels, thinkingLevels } from '../../shared/agents/agent.ts';
import { agents } from '../../shared/agents/index.ts';
import { digest, fixtureNames, readExpected, readFixture, short } from '../helpers/fixtures.ts';
import { huge, required } from '../helpers/record-cases.ts';
import { proves } from '../promises.ts';

const linesOf = (agent: Agent): string[] =>
  fixtureNames(agent.name).flatMap((name) => readFixture(agent.name, name).stdout.split('\n').filter(Boolean));

const verdicts: Record<(typeof required)[number], string | undefined> = {
  success: undefined,
  tools: undefined,
  error: 'agent_failed',
  'auth-failure': 'not_logged_in',
  'usage-limit': 'usage_limit',
  // No result and no reason: the daemon, which sent the signal, knows better than the stream.
  interrupted: undefined,
  'unknown-session': 'unknown_session',
  // The agent says so in its answer; that is a success with a warning.
  'permission-denied': undefined,
  'huge-output': undefined,
  resumed: undefined,
};

describe.each(agents.map((agent) => [agent.name, agent] as const))(`${proves('B-21')} %s`, (name, agent) => {
  it('has a recording of every required case', () => {
    expect(fixtureNames(name)).toEqual(expect.arrayContaining([...required]));
  });

  it.each(fixtureNames(name))('reads the recording "%s" as expected', (fixture) => {
    expect(digest(agent, readFixture(name, fixture))).toEqual(readExpected(name, fixture));
  });

  it.each(required)('comes to the right verdict on "%s"', (fixture) => {
    const told = digest(agent, readFixture(name, fixture));
    const ends = ['success', 'tools', 'permission-denied', 'huge-output', 'resumed'].includes(fixture);
    expect(told.outcome).toBe(ends ? 'succeeded' : 'failed');
    expect(told.verdict).toBe(verdicts[fixture]);
  });

  it('knows every line of its recordings', () => {
    const unknown = linesOf(agent).filter((line) => agent.parse(line).some((event) => event.type === 'raw'));
    expect(unknown).toEqual([]);
  });

  const { bulk } = agent;
  if (bulk) {
    it('reads the same of a line with its bulk and without', () => {
      const { begin, end } = bulk;
      const within = new RegExp(`(?<=${begin})((?:[^"\\\\]|\\\\.)*)(?=${end})`);
      const lines = linesOf(agent).filter((line) => within.test(line));
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        const long = line.replace(within, (text) => text + '\\"a\\"\\n'.repeat(1_000));
        const [{ text }] = [...linesIn(splitterFrom(0, long.length * 2, bulk), Buffer.from(`${long}\n`))] as [Line];
        expect(text).toBe(line.replace(within, ''));
        expect(agent.parse(text as string)).toEqual(agent.parse(line));
      }
    });
  }

  it('tells the session, the usage and the answer of a success', () => {
    const told = digest(agent, readFixture(name, 'success'));
    expect(told.sessionId).toMatch(agent.sessionId);
    expect(told.answer).toBe('The sum is 4.');
    expect(told.usage).toMatchObject({ inputTokens: expect.any(Number), outputTokens: expect.any(Number) });
  });

  it('shows what it does while it runs tools', () => {
    const events = digest(agent, readFixture(name, 'tools')).events as { type: string; command?: string }[];
    expect(events.some((event) => event.type === 'command' && event.command?.includes('cat notes.txt'))).toBe(true);
    expect(events.some((event) => event.type === 'file' || event.type === 'tool')).toBe(true);
  });

  it('keeps a huge answer whole', () => {
    expect(digest(agent, readFixture(name, 'huge-output')).answer).toEqual(short(huge));
  });

  it('says when a usage limit ends', () => {
    expect(digest(agent, readFixture(name, 'usage-limit')).error.retryAt).toBeTruthy();
  });

  it('describes itself completely', () => {
    expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
    const modes = agent.modes.map((mode) => mode.name);
    expect(new Set(modes).size).toBe(modes.length);
    expect(modes).toContain(agent.settings.mode.fallback);
    // A delegation can be held to any level, and the first mode of a level is the one it is held to.
    for (const level of accessLevels) expect(agent.modes.some((mode) => mode.access === level)).toBe(true);
    expect(reasoningLevels).toEqual(expect.arrayContaining([...agent.supports.reasoning]));
    expect(thinkingLevels).toEqual(expect.arrayContaining([...agent.supports.thinking]));
    expect(agent.host.clientNames.length).toBeGreaterThan(0);
    expect(agent.host.toolTimeoutMs).toBeGreaterThan(0);
  });
});
