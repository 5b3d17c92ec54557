import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
  symlinkSync(join(import.meta.dirname, '../fake/systemctl.mjs'), join(person.home, 'bin/systemctl'));
});
afterEach(async () => {
  await person.qantara('daemon', 'uninstall');
  await person.close();
});

const unit = () => join(person.home, '.config/systemd/user/qantara.service');
const manager = (name: string) => join(person.home, '.fake-manager', name);
const managed = () => Number(readFileSync(manager('pid'), 'utf8'));
const calls = () => readFileSync(manager('calls'), 'utf8').trim().split('\n');
/** Commands that change something, without the questions. */
const orders = () => calls().filter((call) => !call.includes(' show '));

async function installed() {
  const { code, stdout, stderr } = await person.qantara('daemon', 'install');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

test(`${proves('D-01')} install writes, enables and starts the service; a second run changes nothing`, async () => {
  const shown = await person.qantara('daemon', 'install', '--dry-run');
  expect(shown.code).toBe(0);
  expect(shown.stdout).toContain('KillMode=process');
  expect(shown.stdout).toContain('  systemctl --user enable qantara.service\n');
  expect(existsSync(unit())).toBe(false);
  expect(existsSync(person.paths.home)).toBe(false);

  expect(await installed()).toMatch(/^Installed .*\nThe service runs \(pid \d+\) and starts at every login\./);
  expect(shown.stdout).toContain(readFileSync(unit(), 'utf8'));
  expect((await person.status())?.pid).toBe(managed());
  expect(orders()).toEqual(['--user daemon-reload', '--user enable qantara.service', '--user start qantara.service']);
  const before = { text: readFileSync(unit(), 'utf8'), at: statSync(unit()).mtimeMs, pid: managed() };
  expect(await installed()).toMatch(/^Nothing to change: /);
  expect({ text: readFileSync(unit(), 'utf8'), at: statSync(unit()).mtimeMs, pid: managed() }).toEqual(before);
  expect(orders()).toHaveLength(3);
});

test(`${proves('D-02')} start, stop, restart and status agree with the service`, async () => {
  await installed();
  const first = managed();
  const status = await person.qantara('daemon', 'status');
  expect(status.stdout).toContain('service qantara.service, enabled, active; it runs this daemon\n');
  expect((await person.qantara('daemon', 'stop')).stdout).toContain(`(pid ${first})`);
  expect(orders().at(-1)).toBe('--user stop qantara.service');
  const stopped = await person.qantara('daemon', 'status');
  expect(stopped).toMatchObject({ code: 5, stdout: expect.stringContaining('enabled, inactive\n') });
  await person.qantara('daemon', 'start');
  const second = managed();
  await person.qantara('daemon', 'restart');
  expect(managed()).not.toBe(second);
  expect((await person.status())?.pid).toBe(managed());

  await person.qantara('daemon', 'stop');
  writeFileSync(manager('refuse'), '');
  await person.qantara('daemon', 'start');
  const { stdout } = await person.qantara('daemon', 'status');
  expect(stdout).toContain('this daemon was started without it');
  writeFileSync(manager('fault'), 'Failed to connect to bus: No medium found');
  expect((await person.qantara('daemon', 'status')).stdout).toMatch(/service +qantara\.service: The daemon cannot be/);
});

test(`${proves('D-02')} a shim starts the service, also when the host stripped its environment, and else the daemon itself`, async () => {
  await installed();
  await person.qantara('daemon', 'stop');
  const own = await host(person, { name: 'codex' });
  await own.call('check_job');
  expect((await person.status())?.pid).toBe(managed());
  await person.qantara('daemon', 'stop');
  writeFileSync(manager('refuse'), '');
  await own.call('check_job');
  expect((await person.status())?.pid).toBeGreaterThan(0);
  expect(existsSync(manager('pid'))).toBe(false);
  await own.close();
});

test(`${proves('D-03')} jobs live through stop, restart and kill -9 of the service, which comes again by itself`, async () => {
  await installed();
  const own = await host(person);
  const job = jobIn(
    await own.call('ask_codex', { task: `[[until ${join(person.home, 'go')}]] [[say done]]`, background: true }),
  );
  const agent = Number((await until(() => person.runs()[0])).split(' ')[1]);
  await person.qantara('daemon', 'restart');
  expect(isAlive(agent)).toBe(true);
  const killed = managed();
  process.kill(killed, 'SIGKILL');
  await until(() => existsSync(manager('pid')) && managed() !== killed);
  expect(isAlive(agent)).toBe(true);
  writeFileSync(join(person.home, 'go'), '');
  expect((await own.call('wait_job', { job_id: job })).text).toMatch(/^done\n/);
  expect(person.runs()).toHaveLength(1);

  // What the unit's KillMode is for: without it the manager ends the agents with the daemon.
  await own.call('ask_codex', { task: '[[sleep 60000]]', background: true });
  const second = Number((await until(() => person.runs()[1])).split(' ')[1]);
  writeFileSync(manager('loaded'), readFileSync(unit(), 'utf8').replace('KillMode=process\n', ''));
  await person.qantara('daemon', 'restart');
  await until(() => !isAlive(second));
  await own.close();
});

test(`${proves('D-04')} a unit of ours is upgraded in place, a foreign one shown and kept`, async () => {
  mkdirSync(dirname(unit()), { recursive: true });
  writeFileSync(unit(), '[Service]\nExecStart=/usr/bin/true\n');
  const refused = await person.qantara('daemon', 'install');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/is left as it is: .*\n\[Service\]\nExecStart=\/usr\/bin\/true[\s\S]*--replace/);
  expect(readFileSync(unit(), 'utf8')).toBe('[Service]\nExecStart=/usr/bin/true\n');
  expect((await person.qantara('daemon', 'uninstall')).code).toBe(1);
  expect((await person.qantara('daemon', 'install', '--replace')).code).toBe(0);
  expect(readFileSync(`${unit()}.qantara.bak`, 'utf8')).toBe('[Service]\nExecStart=/usr/bin/true\n');

  const now = readFileSync(unit(), 'utf8');
  writeFileSync(unit(), now.replace('TasksMax=infinity\n', ''));
  const first = managed();
  await installed();
  expect(readFileSync(unit(), 'utf8')).toBe(now);
  expect(managed()).not.toBe(first);
});

test(`${proves('D-05')} uninstall stops and removes the service, and hosts start the daemon as before`, async () => {
  await installed();
  const pid = managed();
  expect((await person.qantara('daemon', 'uninstall', '--dry-run')).stdout).toContain('disable --now');
  expect(isAlive(pid)).toBe(true);
  expect((await person.qantara('daemon', 'uninstall')).stdout).toBe(`Removed ${unit()}.\n`);
  expect(existsSync(unit())).toBe(false);
  expect(isAlive(pid)).toBe(false);
  expect((await person.qantara('daemon', 'uninstall')).stdout).toMatch(/^No service is installed/);
  expect((await person.qantara('daemon', 'start')).code).toBe(0);
});

test(`${proves('D-05')} a service of another state folder is neither used nor touched`, async () => {
  await installed();
  const other = { ...person.environment, QANTARA_HOME: join(person.home, 'other') };
  const own = await host(person, { environment: other });
  await own.call('check_job');
  expect(orders()).toHaveLength(3);
  const pid = Number(readFileSync(join(person.home, 'other/daemon.pid'), 'utf8'));
  expect(pid).not.toBe(managed());
  process.kill(pid, 'SIGTERM');
  await own.close();
});

test.each([
  [
    "System has not been booted with systemd as init system (PID 1). Can't operate.",
    /not started with systemd\. The daemon needs none/,
  ],
  ['Failed to read the answer', /systemd does not answer: Failed to read the answer\./],
])(`${proves('D-06')} without a manager (%s) it says so and writes nothing`, async (words, expected) => {
  mkdirSync(dirname(manager('fault')), { recursive: true });
  writeFileSync(manager('fault'), words);
  const { code, stderr } = await person.qantara('daemon', 'install');
  expect(code).toBe(1);
  expect(stderr).toMatch(expected);
  expect(existsSync(unit())).toBe(false);
  expect(existsSync(person.paths.home)).toBe(false);
});
