import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderOf, readExit } from '../../daemon/runner/folder.ts';
import { host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
});
afterEach(() => person.close());

const daemonPid = () => Number(readFileSync(person.paths.pid, 'utf8'));
const running = () => until(async () => (await person.jobs()).find((job) => job.state === 'running'));

test(`${proves('P-06', 'P-01')} a blocking call rides through kill -9 of the daemon, and nothing runs twice`, async () => {
  const own = await host(person);
  const call = own.call('ask_codex', { task: '[[lines 50]] [[sleep 1200]] [[lines 50]] [[say through]]' });
  await running();
  process.kill(daemonPid(), 'SIGKILL');
  const answer = await call;
  expect(answer.text).toMatch(/^through\n.*· succeeded/s);
  expect(person.runs()).toHaveLength(1);
  await own.close();
});

test(`${proves('P-02')} a job that ends while no daemon runs has its true end afterwards`, async () => {
  const own = await host(person);
  const id = jobIn(await own.call('ask_codex', { task: '[[sleep 1200]] [[say meanwhile]]', background: true }));
  const failing = jobIn(
    await own.call('ask_codex', { task: '[[sleep 1200]] [[silent]] [[exit 7]]', background: true }),
  );
  await until(async () => (await person.jobs()).every((job) => job.state === 'running'));
  process.kill(daemonPid(), 'SIGKILL');
  for (const job of [id, failing]) await until(() => readExit(folderOf(person.paths.jobs, job)));
  expect((await own.call('wait_job', { job_id: id })).text).toMatch(/^meanwhile\n/);
  expect((await own.call('wait_job', { job_id: failing })).text).toMatch(/without a result \(exit code 7\)/);
  await own.close();
});

test(`${proves('P-05')} stopping and restarting the daemon leaves jobs running and hosts connected`, async () => {
  const own = await host(person);
  const call = own.call('ask_claude', { task: '[[sleep 1200]] [[say unharmed]]' });
  await running();
  const before = daemonPid();
  process.kill(before, 'SIGTERM');
  expect((await call).text).toMatch(/^unharmed\n/);
  expect(daemonPid()).not.toBe(before);
  expect(person.runs()).toHaveLength(1);
  await own.close();
});

test(`${proves('P-35')} many shims that start at once get one daemon and all their answers`, async () => {
  const hosts = await Promise.all(Array.from({ length: 8 }, () => host(person)));
  const answers = await Promise.all(hosts.map((own, n) => own.call('ask_codex', { task: `[[say ${n}]]` })));
  expect(answers.map((answer) => answer.text.split('\n')[0])).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  const log = readFileSync(person.paths.log, 'utf8');
  expect(log.match(/"listening"/g)).toHaveLength(1);
  await Promise.all(hosts.map((own) => own.close()));
});

test(`${proves('P-36')} a socket that a dead daemon left does not block, and a second daemon does not displace a live one`, async () => {
  const own = await host(person);
  await own.call('check_job');
  const first = daemonPid();
  process.kill(first, 'SIGKILL');
  expect((await own.call('check_job')).isError).toBe(false);
  const second = daemonPid();
  expect(second).not.toBe(first);
  const { code, stdout } = await person.qantara('daemon', 'start');
  expect(code).toBe(0);
  expect(stdout).toContain(String(second));
  expect(daemonPid()).toBe(second);
  await own.close();
});

test(`${proves('P-25')} folders are 0700 and files 0600, whatever the umask`, async () => {
  const before = process.umask(0);
  const own = await host(person).finally(() => process.umask(before));
  const id = jobIn(await own.call('ask_codex', { task: '[[say x]]' }));
  const { home, jobs, logs, socket, database, log } = person.paths;
  for (const path of [home, jobs, logs, `${jobs}/${id}`]) expect(statSync(path).mode & 0o777, path).toBe(0o700);
  const files = ['in', 'out', 'err', 'run', 'answer'].map((name) => `${jobs}/${id}/${name}`);
  for (const path of [socket, database, log, ...files]) expect(statSync(path).mode & 0o777, path).toBe(0o600);
  expect(readFileSync(`${jobs}/${id}/run`, 'utf8')).toMatch(/^\d+ +\n0 +\n$/); // and no environment
  await own.close();
});

test(`${proves('P-14')} an agent inherits the caller’s variables, no session marker and no descriptor`, async () => {
  const marks = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'abc', VIRTUAL_ENV: '/venv', BRIDGE_MAX_DEPTH: '2' };
  const own = await host(person, { environment: marks });
  const value = async (name: string) => (await own.call('ask_codex', { task: `[[env ${name}]]` })).text.split('\n')[0];
  expect(await value('VIRTUAL_ENV')).toBe('VIRTUAL_ENV=/venv');
  for (const name of ['CLAUDECODE', 'CLAUDE_CODE_SESSION_ID', 'BRIDGE_MAX_DEPTH']) {
    expect(await value(name)).toBe(`${name}=(unset)`);
  }
  expect(await value('QANTARA_JOB')).toMatch(/^QANTARA_JOB=codex-\d+\./);
  await own.close();
});
