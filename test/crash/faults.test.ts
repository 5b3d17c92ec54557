import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { halt, listeningPid, messagesOf, type StoredJob, storedJobs, upTo } from '../helpers/crash.ts';
import { isAlive } from '../helpers/processes.ts';
import { writeReport } from '../helpers/report.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
let own: Host;
beforeEach(async () => {
  person = machine();
  own = await host(person);
});
afterEach(async () => {
  await own.close();
  await person.close();
});

const folder = (name = ''): string => join(person.paths.jobs, 'codex-1', name);
const agentRuns = () => until(() => person.runs().length > 0, { what: 'the agent to run' });
const logged = (words: string) =>
  until(() => readFileSync(person.paths.log, 'utf8').includes(words), { what: `"${words}" in the log` });

/** Runs SQL on the store of the machine, beside the daemon. */
function sql(statement: string): void {
  const db = new Database(person.paths.database, { timeout: 5_000 });
  db.exec(statement);
  db.close();
}

/** Kills the daemon and returns when it is gone. */
async function killDaemon(): Promise<void> {
  const pid = listeningPid(person) as number;
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid));
}

async function onlyJob(): Promise<StoredJob> {
  await own.close();
  await halt(person);
  const jobs = storedJobs(person);
  expect(jobs).toHaveLength(1);
  expect(person.runs()).toHaveLength(1);
  return jobs[0] as StoredJob;
}

const task = '[[lines 20]] [[sleep 900]] [[lines 20]] [[say the answer]] [[exit 4]]';

test.each([
  ['take events', 'before insert on events', 'true'],
  ['record the process', 'before update of state on jobs', `new.state = 'running'`],
  ['record the end', 'before update of ended_at on jobs', 'new.ended_at is not null'],
  ['record that it is started', 'before update of state on jobs', `new.state = 'starting'`],
])(`${proves('P-03')} a store that does not %s neither ends the daemon nor loses a job`, async (_what, event, when) => {
  await own.call('check_job');
  const daemon = listeningPid(person);
  sql(`create trigger broken ${event} when ${when} begin select raise(abort, 'the disk is full'); end`);
  const call = own.call('ask_codex', { task });
  await logged('the disk is full');
  expect((await person.jobs())[0]?.state).toMatch(/^(queued|starting|running)$/);
  sql('drop trigger broken');
  expect((await call).text).toMatch(/^the answer\n\n.*· succeeded ·/);
  expect(listeningPid(person)).toBe(daemon);
  const job = await onlyJob();
  expect(job).toMatchObject({ state: 'succeeded', exitCode: 4 });
  expect(messagesOf(job)).toHaveLength(41);
  expect(job.seqs).toEqual(upTo(job.seqs.length));
});

test(`${proves('P-03')} an answer that cannot be kept now is kept later`, async () => {
  const call = own.call('ask_codex', { task });
  await agentRuns();
  mkdirSync(folder('answer.tmp'));
  await logged('job could not be followed');
  rmdirSync(folder('answer.tmp'));
  expect((await call).text).toMatch(/^the answer\n\n.*· succeeded ·/);
  expect(await onlyJob()).toMatchObject({ state: 'succeeded', exitCode: 4 });
});

test(`${proves('P-04')} an exit code that cannot be read makes a job lost, unless its stream said how it ended`, async () => {
  const call = own.call('ask_codex', { task: '[[sleep 600]] [[silent]]' });
  await agentRuns();
  rmSync(folder('run'));
  mkdirSync(folder('run'));
  const answer = await call;
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(/^It cannot be known how the Codex job ended: EISDIR/);
  expect(await onlyJob()).toMatchObject({ state: 'lost', errorCode: 'lost', exitCode: null });
});

test(`${proves('P-04')} a job whose folder is deleted ends as its stream said, and without one it is lost`, async () => {
  const call = own.call('ask_codex', { task });
  await agentRuns();
  await until(() => readFileSync(folder('out'), 'utf8').includes('line 20'));
  rmSync(folder(), { recursive: true });
  const answer = await call;
  expect(answer.text).toMatch(/^(the answer\n\n.*· succeeded ·|It cannot be known how the Codex job ended)/);
  const job = await onlyJob();
  expect(job.exitCode).toBeNull();
  expect(job.state === 'succeeded').toBe(messagesOf(job).includes('the answer'));
});

test(`${proves('P-04')} a job whose folder is deleted while no daemon runs is lost`, async () => {
  const id = jobIn(await own.call('ask_codex', { task, background: true }));
  await agentRuns();
  await killDaemon();
  rmSync(folder(), { recursive: true });
  const answer = await own.call('wait_job', { job_id: id });
  expect(answer.isError).toBe(true);
  expect(await onlyJob()).toMatchObject({ state: 'lost', exitCode: null });
});

test.each([
  ['is lost', 'null', 'lost'],
  ['that was to be cancelled is cancelled', `'cancelled'`, 'cancelled'],
])(
  `${proves('P-04', 'P-10')} after a reboot a job %s, and whoever has its pid now is left alone`,
  async (_what, reason, state) => {
    const id = jobIn(await own.call('ask_codex', { task: '[[lines 3]] [[sleep 60000]]', background: true }));
    await until(async () => (await person.jobs())[0]?.state === 'running');
    await agentRuns();
    await killDaemon();
    const supervisor = Number(readFileSync(folder('run'), 'utf8').slice(0, 15));
    const agent = Number(person.runs()[0]?.split(' ')[1]);
    for (const pid of [supervisor, agent]) process.kill(pid, 'SIGKILL');
    const innocent = spawn('sleep', ['60'], { detached: true });
    const ended = new Promise((resolve) => innocent.on('exit', resolve));
    try {
      const stat = readFileSync(`/proc/${innocent.pid}/stat`, 'utf8');
      const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
      sql(`update jobs set boot_id = 'of another boot', pid = ${innocent.pid}, start_time = '${startTime}',
      stop_reason = ${reason}`);
      writeReport(folder('run'), { pid: innocent.pid });
      expect((await own.call('wait_job', { job_id: id })).text).toMatch(/cannot be known|was cancelled/);
      expect(await onlyJob()).toMatchObject({ state, exitCode: null });
      expect(isAlive(innocent.pid as number)).toBe(true);
    } finally {
      innocent.kill('SIGKILL');
      await ended;
    }
  },
);

test.each(['stop-recorded', 'signals-sent'])(
  `${proves('P-03', 'P-09')} what a cancelled job delegated is stopped too where the daemon dies at %s`,
  async (point) => {
    await own.close();
    own = await host(person, { environment: { QANTARA_FAIL: point } });
    const nested = '[[ask gemini {{lines 2}} {{sleep 60000}}]]';
    const id = jobIn(await own.call('ask_codex', { task: nested, background: true }));
    await until(() => person.runs().length === 2, { what: 'both agents to run' });
    expect((await own.call('cancel_job', { job_id: id })).text).toMatch(/^Job codex-1 was cancelled/);
    await until(async () => (await person.jobs()).every((job) => job.state === 'cancelled'));
    await own.close();
    await halt(person);
    expect(person.runs()).toHaveLength(2);
  },
);

test(`${proves('P-03')} a queued job that is cancelled never runs, although the daemon dies right then`, async () => {
  await own.close();
  mkdirSync(person.paths.home, { mode: 0o700 });
  writeFileSync(person.paths.config, '[limits]\nmax_running = 1\n');
  own = await host(person, { environment: { QANTARA_FAIL: 'stop-recorded' } });
  const first = own.call('ask_codex', { task: '[[sleep 1500]] [[say first]]' });
  await agentRuns();
  const second = jobIn(await own.call('ask_codex', { task: '[[say second]]', background: true }));
  expect((await own.call('cancel_job', { job_id: second })).text).toMatch(/^Job codex-2 was cancelled/);
  expect((await first).text).toMatch(/^first\n/);
  expect((await own.call('ask_codex', { task: '[[say third]]' })).text).toMatch(/^third\n/);
  expect(person.runs().map((line) => line.split(' ')[2])).toEqual(['codex-1', 'codex-3']);
});
