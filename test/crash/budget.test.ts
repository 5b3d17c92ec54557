import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { halt, listeningPid } from '../helpers/crash.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(() => {
  person = machine();
});
afterAll(() => person.close());

const asks = 60;
const limit = 20;
const kills = 6;

interface Sums {
  calls: number;
  tokens: number;
  costUsd: number;
}

/** What the accounts say, and what the jobs say that count into them. */
function booked(): { accounts: Map<string, Sums>; jobs: Map<string, Sums> } {
  const db = new Database(person.paths.database, { readonly: true });
  const rows = db
    .prepare<[], Sums & { account: string }>(
      'select account, calls, input_tokens + output_tokens as tokens, round(cost_usd, 9) as costUsd from spending',
    )
    .all();
  const sums = db
    .prepare<[], Sums & { account: string }>(
      `select account, count(*) as calls, sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) as tokens,
         round(sum(coalesce(cost_usd, 0)), 9) as costUsd
       from (
         select jobs.*, value ->> 'account' as account from jobs, json_each(jobs.budgets)
         union all select jobs.*, 'tree ' || root from jobs
         union all select jobs.*, 'session ' || agent || ' ' || session_id from jobs where agent = 'codex'
       ) group by account`,
    )
    .all();
  db.close();
  const by = (list: (Sums & { account: string })[]) => new Map(list.map(({ account, ...rest }) => [account, rest]));
  return { accounts: by(rows), jobs: by(sums) };
}

test(`${proves('U-02', 'U-03')} under kill -9 again and again exactly as many asks are accepted as the limit, and every account is the sum of its jobs`, {
  timeout: 180_000,
}, async () => {
  const environment = { BRIDGE_MAX_CALLS: String(limit), CLAUDE_CODE_SESSION_ID: 'one' };
  const hosts = await Promise.all([1, 2, 3].map(() => host(person, { environment })));
  const task = '[[spend 100 10 0.01]] [[sleep 100]] [[spend 200 20 0.02]] [[sleep 100]] [[say done]]';
  const answers = Array.from({ length: asks }, async (_, n) => {
    // Not all in one breath: some are accepted by each daemon.
    await sleep(n * 50);
    const own = hosts[n % hosts.length] as (typeof hosts)[number];
    return await own.call(`ask_${n % 2 ? 'claude' : 'codex'}`, { task, background: true }, { timeout: 120_000 });
  });
  let answered = false;
  const all = Promise.all(answers).finally(() => (answered = true));
  let killed = 0;
  while (killed < kills) {
    // A shim gives up on a daemon that only dies, so each one gets something done first.
    const before = person.runs().length;
    const pid = await until(() => answered || (person.runs().length > before && listeningPid(person)), {
      timeoutMs: 60_000,
      what: 'a daemon to kill',
    });
    if (pid === true) break;
    await sleep((killed % 4) * 50);
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
    killed++;
  }
  expect(killed).toBeGreaterThan(2);
  const given = await all;
  const accepted = new Set(given.filter(({ isError }) => !isError).map(jobIn));
  expect(accepted.size).toBe(limit);
  for (const { isError, text } of given) {
    if (isError) expect(text).toContain(`Refused: this conversation has used ${limit} of ${limit} calls.`);
  }
  await until(async () => (await person.jobs()).every(({ endedAt }) => endedAt !== null), { timeoutMs: 60_000 });
  expect((await person.jobs()).map(({ id, state }) => [id, state]).sort()).toEqual(
    [...accepted].map((id) => [id, 'succeeded']).sort(),
  );
  await Promise.all(hosts.map((own) => own.close()));
  await halt(person);
  const { accounts, jobs } = booked();
  for (const [account, sums] of jobs) {
    // A session of a new run is only known after its call was counted.
    const { calls, ...spent } = accounts.get(account) as Sums;
    expect(spent, account).toEqual({ tokens: sums.tokens, costUsd: sums.costUsd });
    if (!account.startsWith('session')) expect(calls, account).toBe(sums.calls);
  }
  expect(accounts.get('conversation ["claude","one"]')).toMatchObject({ calls: limit, tokens: 330 * limit });
});
