import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processes } from '../../daemon/runner/process.ts';
import { host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(() => {
  person = machine();
});
afterAll(() => person.close());

/** Whether a process belongs to a job of the machine with that home. */
function carriesMarkerOf(pid: number, home: string): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return variables.includes(`HOME=${home}`) && variables.some((entry) => entry.startsWith('QANTARA_JOB='));
  } catch {
    return false; // it has just ended
  }
}

const stateOf = async (id: string) => (await person.jobs()).find((job) => job.id === id)?.state;

test(`${proves('B-09')} at its limit a blocking call hands over the job id, and the job goes on`, async () => {
  const own = await host(person, { environment: { BRIDGE_TIMEOUT_MS: '300' } });
  const answer = await own.call('ask_codex', { task: '[[sleep 900]] [[say late]]' });
  expect(answer.isError).toBe(false);
  expect(answer.text).toMatch(/^Not done within <1s; it goes on in the background as job codex-\d+\./);
  expect((await own.call('wait_job', { job_id: jobIn(answer) })).text).toMatch(/^late\n/);
  await own.close();
});

test(`${proves('B-09', 'B-19')} with kill it ends the job, in words that say what to do`, async () => {
  const own = await host(person, { environment: { BRIDGE_TIMEOUT_MS: '300', BRIDGE_ON_TIMEOUT: 'kill' } });
  const answer = await own.call('ask_codex', { task: '[[lines 2]] [[sleep 60000]]' });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(/^Codex was stopped after <1s\. .*BRIDGE_TIMEOUT_MS.*What it said before:\nline 2/s);
  expect(answer.text).toContain('timed out');
  expect(await stateOf(jobIn(answer))).toBe('timed_out');
  await own.close();
});

test(`${proves('B-09')} with kill, time in the queue counts`, async () => {
  const small = machine();
  mkdirSync(small.paths.home, { mode: 0o700 });
  writeFileSync(small.paths.config, '[limits]\nmax_running = 1\n');
  const own = await host(small, { environment: { BRIDGE_TIMEOUT_MS: '500', BRIDGE_ON_TIMEOUT: 'kill' } });
  const first = jobIn(await own.call('ask_codex', { task: '[[sleep 60000]]', background: true }));
  const answer = await own.call('ask_claude', { task: '[[say never]]' });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(/^Claude Code was stopped after <1s\. .*BRIDGE_TIMEOUT_MS/);
  expect(small.runs()).toHaveLength(1);
  await own.call('cancel_job', { job_id: first });
  await own.close();
  await small.close();
});

test(`${proves('B-09')} a background job ends at its own limit`, async () => {
  const own = await host(person, { environment: { BRIDGE_JOB_TIMEOUT_MS: '300' } });
  const id = jobIn(await own.call('ask_codex', { task: '[[sleep 60000]]', background: true }));
  const answer = await own.call('wait_job', { job_id: id });
  expect(answer.text).toMatch(/^Codex was stopped after .*BRIDGE_JOB_TIMEOUT_MS/);
  await own.close();
});

test(`${proves('B-10')} a call hands over before the host itself would give up`, async () => {
  const own = await host(person, { environment: { BRIDGE_HOST_TIMEOUT_MS: '2500' } });
  const answer = await own.call('ask_codex', { task: '[[sleep 4000]] [[say late]]' }, { timeout: 2500 });
  expect(answer.text).toMatch(/^Not done within /);
  expect((await own.call('wait_job', { job_id: jobIn(answer) })).text).toMatch(/late|not done after/);
  await own.close();
});

test(`${proves('B-10')} a host’s time-out leaves the job alone`, async () => {
  const own = await host(person);
  await expect(own.call('ask_codex', { task: '[[sleep 1200]] [[say late]]' }, { timeout: 300 })).rejects.toThrow(
    /timed out/i,
  );
  const [job] = await person.jobs();
  await until(async () => (await stateOf(job?.id ?? '')) === 'succeeded');
  expect((await own.call('check_job')).text).toContain(`notice: background job "${job?.id}"`);
  await own.close();
});

test(`${proves('B-12')} a cancelled ask stops the agent`, async () => {
  const own = await host(person);
  const abort = new AbortController();
  const call = own.call('ask_claude', { task: '[[grandchild]] [[sleep 60000]]' }, { signal: abort.signal });
  const job = await until(async () =>
    (await person.jobs()).find((one) => one.agent === 'claude' && one.state === 'running'),
  );
  abort.abort('the person pressed Esc');
  await expect(call).rejects.toThrow();
  await until(async () => (await stateOf(job.id)) === 'cancelled');
  await own.close();
});

test(`${proves('B-12', 'B-07')} a host that closes stops nothing; its next run is told`, async () => {
  const cwd = person.project('closed');
  const own = await host(person, { cwd });
  const call = own.call('ask_gemini', { task: '[[sleep 700]] [[say kept]]' }).catch(() => 'gone');
  const job = await until(async () =>
    (await person.jobs()).find((one) => one.agent === 'gemini' && one.state === 'running'),
  );
  await own.close();
  expect(await call).toBe('gone');
  await until(async () => (await stateOf(job.id)) === 'succeeded');
  const next = await host(person, { cwd });
  expect((await next.call('check_job')).text).toContain(`notice: background job "${job.id}"`);
  await next.close();
});

test(`${proves('P-11')} an agent that hangs after its result has succeeded, whatever ends it`, async () => {
  const own = await host(person);
  const id = jobIn(await own.call('ask_codex', { task: '[[say done]] [[hang]]', background: true }));
  await until(async () => (await own.call('check_job', { job_id: id })).text.includes('finishing'));
  const answer = await own.call('cancel_job', { job_id: id });
  expect(answer.text).toMatch(/^done\n/);
  expect(await stateOf(id)).toBe('succeeded');
  await own.close();
});

test(`${proves('P-11')} the first reason to stop a job wins`, async () => {
  const own = await host(person, { environment: { BRIDGE_JOB_TIMEOUT_MS: '3000' } });
  const id = jobIn(await own.call('ask_codex', { task: '[[ignore-term]] [[sleep 60000]]', background: true }));
  await until(async () => (await stateOf(id)) === 'running');
  // Cancelled at once, and still ignoring TERM when the time limit comes.
  expect((await own.call('cancel_job', { job_id: id })).text).toMatch(/was cancelled/);
  expect(await stateOf(id)).toBe('cancelled');
  await own.close();
});

test(`${proves('P-22')} an agent that prints for ever is stopped with a clear outcome`, async () => {
  const small = machine();
  mkdirSync(small.paths.home, { mode: 0o700 });
  writeFileSync(small.paths.config, '[limits]\nmax_job_bytes = 1000000\n');
  const own = await host(small);
  const answer = await own.call('ask_codex', { task: '[[chatter]] [[sleep 60000]]' });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(
    /^Codex was stopped because it wrote more than 1000000 bytes of output\. .*max_job_bytes/,
  );
  await own.close();
  await small.close();
});

test(`${proves('P-09', 'R-01')} jobs cancel and jobs rm leave no process, and rm no trace`, async () => {
  const own = machine();
  const caller = await host(own);
  const asked = async () =>
    jobIn(await caller.call('ask_codex', { task: '[[setsid]] [[grandchild]] [[sleep 60000]]', background: true }));
  const [first, second] = [await asked(), await asked()];
  await until(async () => (await own.jobs()).every((job) => job.state === 'running'));
  const [cancelled, removed] = await Promise.all([
    own.qantara('jobs', 'cancel', first),
    own.qantara('jobs', 'rm', second),
  ]);
  expect(cancelled).toMatchObject({ code: 0, stdout: `${first} cancelled\n` });
  expect(removed).toMatchObject({ code: 0, stdout: `${second} removed\n` });
  expect((await own.jobs()).map((job) => job.id)).toEqual([first]);
  expect(readdirSync(own.paths.jobs)).toEqual([first]);
  expect(processes().filter(({ pid }) => carriesMarkerOf(pid, own.home))).toEqual([]);
  const unknown = await own.qantara('jobs', 'rm', second);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining(`There is no job "${second}"`) });
  await caller.close();
  await own.close();
});

test(`${proves('R-01')} ended jobs that are too old or too big go, unread and running ones stay`, async () => {
  const tidy = machine();
  const own = await host(tidy);
  await own.call('ask_codex', { task: '[[say read]]' });
  const unread = jobIn(await own.call('ask_claude', { task: '[[say unread]]', background: true }));
  const running = jobIn(await own.call('ask_gemini', { task: '[[sleep 20000]]', background: true }));
  await until(async () => (await tidy.jobs()).find((job) => job.id === unread)?.state === 'succeeded');
  expect(await tidy.jobs()).toHaveLength(3);
  writeFileSync(tidy.paths.config, '[retention]\nmax_bytes = 1\n');
  await tidy.qantara('daemon', 'restart');
  await until(async () => (await tidy.jobs()).length === 2);
  expect(readdirSync(tidy.paths.jobs).sort()).toEqual([unread, running].sort());
  // Read now, so the next start takes it.
  expect((await own.call('check_job', { job_id: unread })).text).toMatch(/^unread\n/);
  await tidy.qantara('daemon', 'restart');
  await until(async () => (await tidy.jobs()).length === 1);
  await own.call('cancel_job', { job_id: running });
  await own.close();
  await tidy.close();
});
