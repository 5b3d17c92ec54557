import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, type TestContext, test } from 'vitest';
import { type Failpoint, failpoints, markOf } from '../../daemon/failpoint.ts';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { environmentsIn, halt, messagesOf, type StoredJob, storedJobs, upTo } from '../helpers/crash.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

/** Points that only a daemon reaches which finds an unfinished job, and where the one before it has to die for that. */
const second: Partial<Record<Failpoint, Failpoint>> = {
  'job-taken-over': 'job-begun',
  'job-requeued': 'state-starting',
};
/** Points on the way of a cancellation alone. */
const cancelling: readonly Failpoint[] = ['stop-asked', 'stop-recorded', 'signals-sent', 'processes-stopped'];

const chains = failpoints.map((name): Failpoint[] => (second[name] ? [second[name], name] : [name]));
/** Deaths in a row. */
const longer: Failpoint[][] = [
  ['process-spawned', 'recovering', 'job-taken-over', 'events-inserted'],
  ['state-starting', 'job-requeued', 'process-spawned', 'answer-kept', 'job-ended', 'result-made'],
];
const deaths = [...chains, ...longer].map((chain) => chain.join(','));
/** Points where it matters that some of the agent's children outlive TERM, which takes the grace period each. */
const ending: readonly string[] = [...cancelling, 'agent-ended', 'answer-kept', 'job-ended'];
const ofAsks = deaths.filter((chain) => !cancelling.some((name) => chain.includes(name)));

async function world(chain: string, { onTestFinished }: TestContext): Promise<{ person: Machine; own: Host }> {
  const person = machine();
  const own = await host(person, { environment: { QANTARA_FAIL: chain } });
  onTestFinished(async () => {
    await own.close();
    await person.close();
  });
  return { person, own };
}

/** The one job of the machine, after everything was stopped, with what must hold of any job whenever the daemon died. */
async function theJob({ person, own }: { person: Machine; own: Host }, chain: string): Promise<StoredJob> {
  await own.close();
  await halt(person);
  const jobs = storedJobs(person);
  const [job] = jobs as [StoredJob];
  for (const name of chain.split(','))
    expect(existsSync(markOf(person.paths.home, name as Failpoint)), name).toBe(true);
  expect(jobs).toHaveLength(1);
  expect(person.runs()).toHaveLength(1);
  expect(readdirSync(person.paths.jobs)).toEqual([job.id]);
  expect(environmentsIn(person)).toEqual([]);
  expect(job.seqs).toEqual(upTo(job.seqs.length));
  expect(job.startedAt).toBeGreaterThanOrEqual(job.createdAt);
  expect(job.endedAt).toBeGreaterThanOrEqual(job.startedAt as number);
  return job;
}

const lines = (from: number, count: number): string[] => upTo(count).map((n) => `line ${from + n - 1}`);
const task = '[[lines 300]] [[sleep 100]] [[lines 30]] [[say all of it]] [[exit 7]]';
const messages = [...lines(1, 300), ...lines(1, 30), 'all of it'];
const right = /^all of it\n\n\[qantara\] job codex-1 · succeeded · .* · 11 tokens in, 7 out$/;

describe.concurrent('the daemon dies', () => {
  test.for(ofAsks)(`${proves('P-03', 'P-06', 'P-08')} at %s of a blocking ask`, async (chain, context) => {
    const { person, own } = await world(chain, context);
    const answer = await own.call('ask_codex', { task });
    expect(answer.text).toMatch(right);
    const job = await theJob({ person, own }, chain);
    expect(job).toMatchObject({ state: 'succeeded', exitCode: 7 });
    expect(messagesOf(job)).toEqual(messages);
  });

  test.for(ofAsks)(`${proves('P-03', 'P-08', 'P-16')} at %s of a background ask`, async (chain, context) => {
    const { person, own } = await world(chain, context);
    const id = jobIn(await own.call('ask_codex', { task, background: true }));
    expect((await own.call('wait_job', { job_id: id })).text).toMatch(right);
    const job = await theJob({ person, own }, chain);
    expect(job).toMatchObject({ state: 'succeeded', exitCode: 7 });
    expect(messagesOf(job)).toEqual(messages);
  });

  test.for(deaths)(`${proves('P-03', 'P-08', 'P-09')} at %s of an ask that is cancelled`, async (chain, context) => {
    const { person, own } = await world(chain, context);
    const escapees = ending.some((name) => chain.includes(name)) ? '[[grandchild]] [[setsid]]' : '';
    const endless = `[[lines 40]] ${escapees} [[sleep 60000]]`;
    const id = jobIn(await own.call('ask_codex', { task: endless, background: true }));
    await until(() => person.runs().length > 0, { what: 'the agent to run' });
    const answer = await own.call('cancel_job', { job_id: id });
    expect(answer.text).toMatch(/^Job codex-1 was cancelled\./);
    const job = await theJob({ person, own }, chain);
    expect(job).toMatchObject({ state: 'cancelled', errorCode: null });
    expect([137, 143]).toContain(job.exitCode);
  });

  // Nobody waits any more, so it is the next call of whomever that starts a daemon, and that one ends the job.
  test.for(['stop-asked', 'stop-recorded', 'signals-sent', 'processes-stopped'])(
    `${proves('P-03', 'B-12')} at %s of a blocking ask whose caller gives up`,
    async (chain, context) => {
      const { person, own } = await world(chain, context);
      const giveUp = new AbortController();
      const call = own.call('ask_codex', { task: '[[lines 9]] [[sleep 60000]]' }, { signal: giveUp.signal });
      call.catch(() => {}); // it is awaited below
      await until(() => person.runs().length > 0, { what: 'the agent to run' });
      giveUp.abort();
      await expect(call).rejects.toThrow();
      await until(async () => (await person.jobs())[0]?.endedAt, { what: 'the end of the job' });
      expect(await theJob({ person, own }, chain)).toMatchObject({ state: 'cancelled', errorCode: null });
    },
  );
});
