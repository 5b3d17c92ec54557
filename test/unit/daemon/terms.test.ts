import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Job } from '../../../daemon/store/jobs.ts';
import { limitOf, policyInside, termsOf } from '../../../daemon/terms.ts';
import { type Limit, modeOf, narrow, rank, within } from '../../../shared/access.ts';
import { type Access, type Agent, accessLevels, reasoningLevels } from '../../../shared/agents/agent.ts';
import { codex } from '../../../shared/agents/codex.ts';
import { agents } from '../../../shared/agents/index.ts';
import { type Layer, resolvePolicy } from '../../../shared/policy.ts';
import { proves } from '../../promises.ts';

const runs = { numRuns: 2000 };
const layer = (origin: string, values: Record<string, string>): Layer => ({ origin, values, label: (name) => name });

const anAgent = fc.constantFrom(...agents);
const anAccess = fc.constantFrom(...accessLevels);
const aPath = fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/ab', '/x');
const aLimit: fc.Arbitrary<Limit> = fc.record({
  access: anAccess,
  directory: aPath,
  origin: fc.constantFrom('one', 'two'),
});
/** Any modes, depth and reasoning that a layer may set, or none of them. */
const someValues = fc.record(
  {
    ...Object.fromEntries(
      agents.map(({ settings, modes }) => [settings.mode.name, fc.constantFrom(...modes.map(({ name }) => name))]),
    ),
    max_depth: fc.integer({ min: 0, max: 9 }).map(String),
    codex_reasoning: fc.constantFrom(...reasoningLevels),
    inherit_sandbox: fc.constantFrom('0', '1'),
    on_timeout: fc.constantFrom('background', 'kill'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, string>>;

const isIn = (path: string, directory: string): boolean => directory === '/' || `${path}/`.startsWith(`${directory}/`);
const most = ({ access, directory }: Limit, cwd: string): Access =>
  access === 'edit' && !isIn(cwd, directory) ? 'read' : access;

describe(`${proves('N-01')} for all layers, ceilings and parents`, () => {
  test('a job has exactly the least access of its registration, the ceiling and every limit', () => {
    fc.assert(
      fc.property(
        fc.array(someValues, { maxLength: 3 }),
        fc.option(someValues, { nil: undefined }),
        fc.array(aLimit, { maxLength: 4 }),
        anAgent,
        aPath,
        (texts, ceiling, limits, agent, cwd) => {
          const layers = texts.map((values, index) => layer(`layer ${index}`, values));
          const name = agent.settings.mode.name;
          const policy = resolvePolicy(layers, ceiling && layer('ceiling', ceiling));
          const { mode, policy: ofJob } = termsOf({ policy, limits }, { agent, cwd });
          const registered = texts.findLast((values) => values[name])?.[name] ?? agent.settings.mode.fallback;
          const bounds = [
            modeOf(agent, registered).access,
            ...(ceiling?.[name] ? [modeOf(agent, ceiling[name]).access] : []),
            ...limits.map((limit) => most(limit, cwd)),
          ];
          expect(rank(modeOf(agent, mode).access)).toBe(Math.min(...bounds.map(rank)));
          expect(ofJob.agents[agent.name]?.mode).toBe(mode);
          expect(ofJob.heldBy !== undefined).toBe(limits.some((limit) => most(limit, cwd) !== 'full'));
        },
      ),
      runs,
    );
  });

  test('down a chain of delegations nobody ever gets more access, depth or freedom from the sandbox', () => {
    const aHop = fc.record({ agent: anAgent, cwd: aPath, values: someValues });
    fc.assert(
      fc.property(fc.array(aHop, { minLength: 2, maxLength: 6 }), (hops) => {
        let parent: Job | undefined;
        for (const { agent, cwd, values } of hops) {
          const own = resolvePolicy([layer('registration', values)]);
          const policy = parent ? policyInside(own, parent) : own;
          const limits = parent ? [limitOf(parent)] : [];
          const terms = termsOf({ policy, limits }, { agent, cwd });
          const access = modeOf(agent, terms.mode).access;
          if (parent) {
            const outer = JSON.parse(parent.policy);
            expect(rank(access)).toBeLessThanOrEqual(rank(limitOf(parent).access));
            if (access === 'edit' && limitOf(parent).access === 'edit') expect(isIn(cwd, parent.cwd)).toBe(true);
            expect(terms.policy.maxDepth).toBeLessThanOrEqual(outer.maxDepth);
            expect(terms.policy.inheritSandbox).toBe(outer.inheritSandbox || own.inheritSandbox);
          }
          parent = {
            id: `${agent.name}-1`,
            agent: agent.name,
            cwd,
            mode: terms.mode,
            policy: JSON.stringify(terms.policy),
          } as Job;
        }
      }),
      runs,
    );
  });
});

test(`${proves('B-24')} narrowing never widens, for every agent, mode and limit`, () => {
  for (const agent of agents) {
    for (const { name, access } of agent.modes) {
      for (const limit of accessLevels) {
        const narrowed = modeOf(agent, narrow(agent, name, limit) as string).access;
        expect(rank(narrowed)).toBe(Math.min(rank(access), rank(limit)));
      }
    }
  }
});

test(`${proves('N-02')} an agent without a mode that is little enough is refused by name`, () => {
  const bold: Agent = { ...codex, title: 'Bold', modes: [{ name: 'all', access: 'full', holds: 'nothing' }] };
  const limits: Limit[] = [{ access: 'edit', origin: 'job codex-1', directory: '/a' }];
  expect(within(bold, 'all', [], '/a')).toEqual({ mode: 'all' });
  expect(() => within(bold, 'all', limits, '/a')).toThrow(
    'Refused: job codex-1 allows "edit" access at most, and Bold has no mode that is held to it. Do the task yourself',
  );
});

describe(`${proves('N-03')} the origin of each value`, () => {
  const policy = resolvePolicy([layer('[policy]', { sandbox: 'danger-full-access' })]);

  test('is the layer, or who narrowed it', () => {
    const wish = { agent: codex, cwd: '/a' };
    expect(termsOf({ policy, limits: [] }, wish).policy.origins.sandbox).toBe('[policy]');
    const limits: Limit[] = [
      { access: 'edit', origin: 'job claude-1', directory: '/a' },
      { access: 'read', origin: 'the caller’s sandbox', directory: '/a' },
    ];
    const { policy: held } = termsOf({ policy, limits }, wish);
    expect(held.origins.sandbox).toBe('the caller’s sandbox');
    expect(held.heldBy).toBe('the caller’s sandbox');
    expect(held.origins.max_depth).toBe('default');
  });

  test('is the call for a model and an effort that it chose', () => {
    const wish = { agent: codex, cwd: '/a', model: 'gpt-5', reasoning: 'high' } as const;
    const { origins } = termsOf({ policy, limits: [] }, wish).policy;
    expect(origins).toMatchObject({ codex_model: 'the call', codex_reasoning: 'the call', claude_model: 'default' });
  });
});

test(`${proves('N-01')} a ceiling of the effort holds for the call as well, and for what is left to the CLI`, () => {
  const policy = resolvePolicy([], layer('[ceiling]', { codex_reasoning: 'medium' }));
  const reasoning = (wished?: 'low' | 'high') =>
    termsOf({ policy, limits: [] }, { agent: codex, cwd: '/', reasoning: wished }).reasoning;
  expect([reasoning('low'), reasoning('high'), reasoning()]).toEqual(['low', 'medium', 'medium']);
  const { origins } = termsOf({ policy, limits: [] }, { agent: codex, cwd: '/', reasoning: 'high' }).policy;
  expect(origins.codex_reasoning).toBe('the ceiling');
});
