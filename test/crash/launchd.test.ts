import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
  symlinkSync(join(import.meta.dirname, '../fake/launchctl.mjs'), join(person.home, 'bin/launchctl'));
  person.environment.NODE_OPTIONS = `--import=${join(import.meta.dirname, '../fixtures/darwin.mjs')}`;
});
afterEach(async () => {
  await person.qantara('daemon', 'uninstall');
  await person.close();
});

const agentFile = () => join(person.home, 'Library/LaunchAgents/dev.qantara.daemon.plist');
const managed = () => Number(readFileSync(join(person.home, '.fake-manager/pid'), 'utf8'));

test(`${proves('D-01', 'D-02', 'D-03', 'D-05')} a launchd agent is installed, started by hosts, restarted under its jobs, and taken out`, async () => {
  const installed = await person.qantara('daemon', 'install');
  expect(installed).toMatchObject({ code: 0, stderr: '' });
  expect((await person.status())?.pid).toBe(managed());
  expect((await person.qantara('daemon', 'status')).stdout).toContain('enabled, running; it runs this daemon');
  expect((await person.qantara('daemon', 'install')).stdout).toMatch(/^Nothing to change/);

  await person.qantara('daemon', 'stop');
  expect((await person.qantara('daemon', 'status')).stdout).toContain('enabled, not running');
  const own = await host(person);
  const go = join(person.home, 'go');
  const job = jobIn(await own.call('ask_codex', { task: `[[until ${go}]] [[say done]]`, background: true }));
  expect((await person.status())?.pid).toBe(managed());
  const agent = Number((await until(() => person.runs()[0])).split(' ')[1]);
  const first = managed();
  await person.qantara('daemon', 'restart');
  expect(managed()).not.toBe(first);
  expect((await person.status())?.pid).toBe(managed());
  expect(isAlive(agent)).toBe(true);

  // An older definition is replaced, and launchd told to forget what it had read.
  const now = readFileSync(agentFile(), 'utf8');
  writeFileSync(agentFile(), now.replace('<key>AbandonProcessGroup</key><true/>', ''));
  expect((await person.qantara('daemon', 'install')).code).toBe(0);
  expect(readFileSync(agentFile(), 'utf8')).toBe(now);
  expect((await person.qantara('daemon', 'uninstall')).stdout).toBe(`Removed ${agentFile()}.\n`);
  expect(existsSync(agentFile())).toBe(false);
  expect(isAlive(agent)).toBe(true);
  writeFileSync(go, '');
  expect((await own.call('wait_job', { job_id: job })).text).toMatch(/^done\n/);
  await own.close();
});
