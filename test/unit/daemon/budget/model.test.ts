import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { recordSpent } from '../../../../daemon/budget/spend.ts';
import { createStore, type Store } from '../../../../daemon/store/store.ts';
import { agentNamed } from '../../../../shared/agents/index.ts';
import { emptySummary, type Usage } from '../../../../shared/events.ts';
import { newJob } from '../../../helpers/new-job.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { proves } from '../../../promises.ts';

let home: ReturnType<typeof tempHome>;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  home = tempHome();
});
afterEach(() => {
  vi.useRealTimers();
  home.remove();
});

type Sums = { calls: number; tokens: number; costUsd: number };
type Agent = 'claude' | 'codex';

/** A run as the plain model sees it. */
interface Run {
  id: string;
  agent: Agent;
  session: string;
  accounts: string[];
  ended: boolean;
  /** What its CLI would say now: claude of this run, codex of the whole session. */
  told: Required<Usage>;
  /** What the model has charged for it. */
  charged: Required<Usage>;
}

const noUsage = (): Required<Usage> => ({ inputTokens: 0, outputTokens: 0, cachedTokens: 0, costUsd: 0 });
const names = ['inputTokens', 'outputTokens', 'cachedTokens', 'costUsd'] as const;

const step = fc.oneof(
  fc.record({
    act: fc.constant('accept' as const),
    agent: fc.constantFrom<Agent>('claude', 'codex'),
    conversation: fc.nat(2),
    inside: fc.option(fc.nat(), { nil: undefined }),
    resumes: fc.option(fc.nat(), { nil: undefined }),
  }),
  fc.record({
    act: fc.constant('spend' as const),
    run: fc.nat(),
    usage: fc.record({
      inputTokens: fc.nat(5000),
      outputTokens: fc.nat(500),
      cachedTokens: fc.nat(50),
      costUsd: fc.nat(100_000).map((micros) => micros / 1e6),
    }),
    tells: fc.boolean(),
  }),
  fc.record({ act: fc.constant('end' as const), run: fc.nat() }),
  fc.record({ act: fc.constant('remove' as const), run: fc.nat() }),
  fc.record({ act: fc.constant('restart' as const) }),
  fc.record({ act: fc.constant('midnight' as const) }),
);

/** The plain model: every account is a sum over what was charged, nothing else. */
function model() {
  const sums = new Map<string, Sums>();
  return {
    sums,
    charge(accounts: readonly string[], more: Sums): void {
      for (const account of accounts) {
        const before = sums.get(account) ?? { calls: 0, tokens: 0, costUsd: 0 };
        sums.set(account, {
          calls: before.calls + more.calls,
          tokens: before.tokens + more.tokens,
          costUsd: before.costUsd + more.costUsd,
        });
      }
    },
  };
}

const noon = new Date(2026, 10, 25, 12).getTime();
const dayAccount = (day: number): string => {
  const date = new Date(noon + day * 86_400_000);
  return `day ${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
};

test(`${proves('U-03')} whatever is accepted, spent, ended, removed and restarted, every account is what a plain sum says`, () => {
  let file = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const path = join(home.path, `${file++}.db`);
      let store: Store = createStore(path);
      const { sums, charge } = model();
      const runs: Run[] = [];
      /** Of sessions of Codex: all tokens that were used, and those that it has told. */
      const used = new Map<string, Required<Usage>>();
      const seenOf = new Map<string, Required<Usage>>();
      let day = 0;
      const pick = <T>(from: readonly T[], at: number): T | undefined => from[at % Math.max(1, from.length)];
      const now = () => noon + day * 86_400_000;

      for (const one of steps) {
        vi.setSystemTime(now());
        if (one.act === 'restart') {
          store.close();
          store = createStore(path);
        } else if (one.act === 'midnight') day++;
        else if (one.act === 'accept') {
          const going = runs.filter((run) => !run.ended);
          const parent = one.inside === undefined ? undefined : pick(going, one.inside);
          // A session is resumed when nobody else is at it, as the scheduler has it.
          const resumable = runs.filter(
            (run) => run.agent === one.agent && going.every(({ session }) => session !== run.session),
          );
          const session = (one.resumes !== undefined && pick(resumable, one.resumes)?.session) || `s${runs.length}`;
          const outer = parent?.accounts.filter((account) => !account.startsWith('tree'));
          const own = parent ? [...(outer as string[]), `run ${parent.id}`] : [`conversation ${one.conversation}`];
          const root = parent?.accounts.find((account) => account.startsWith('tree'))?.slice(5) ?? null;
          const job = store.jobs.insert(
            newJob({
              agent: one.agent,
              parent: parent?.id ?? null,
              root,
              budgets: JSON.stringify(own.map((account) => ({ account }))),
              sessionId: session,
              createdAt: now(),
            }),
          );
          const told = { ...((one.agent === 'codex' && used.get(session)) || noUsage()) };
          const accounts = [...own, `tree ${root ?? job.id}`];
          runs.push({ id: job.id, agent: one.agent, session, accounts, ended: false, told, charged: noUsage() });
          charge([...accounts, dayAccount(day)], { calls: 1, tokens: 0, costUsd: 0 });
        } else if (one.act === 'spend') {
          const run = pick(
            runs.filter(({ ended }) => !ended),
            one.run,
          );
          if (!run) continue;
          for (const name of names) run.told[name] += one.usage[name];
          if (run.agent === 'codex') used.set(run.session, { ...run.told });
          // One that is killed has told nothing of it; the next run of its session does.
          if (!one.tells) continue;
          const { costUsd, ...tokens } = run.told;
          const usage = run.agent === 'codex' ? tokens : { ...tokens, costUsd };
          recordSpent(store, new Map(), agentNamed(run.agent) as never, run.id, { ...emptySummary(), usage });
          // Saying it again changes nothing.
          recordSpent(store, new Map(), agentNamed(run.agent) as never, run.id, { ...emptySummary(), usage });
          const seen = run.agent === 'codex' ? (seenOf.get(run.session) ?? noUsage()) : run.charged;
          const more = (name: keyof Usage) =>
            name === 'costUsd' && run.agent === 'codex' ? 0 : run.told[name] - seen[name];
          charge([...run.accounts, dayAccount(day)], {
            calls: 0,
            tokens: more('inputTokens') + more('outputTokens'),
            costUsd: more('costUsd'),
          });
          run.charged = { ...run.told };
          if (run.agent === 'codex') seenOf.set(run.session, { ...run.told });
        } else {
          const run = pick(
            runs.filter(({ ended }) => (one.act === 'end' ? !ended : ended)),
            one.run,
          );
          if (!run) continue;
          const ending = { state: 'lost', exitCode: null, errorCode: null, errorMessage: null } as const;
          if (one.act === 'end') store.jobs.end(run.id, { ...ending, endedAt: now(), diskBytes: 0 });
          else store.jobs.remove(run.id);
          run.ended = true;
        }
        for (const [account, sum] of sums) {
          const { costUsd, ...counts } = store.spending.of(account);
          expect(counts, account).toEqual({ calls: sum.calls, tokens: sum.tokens });
          expect(costUsd, account).toBeCloseTo(sum.costUsd, 9);
        }
      }
      expect(store.spending.day(now())).toBe(dayAccount(day));
      store.close();
    }),
    { numRuns: 30 },
  );
});
