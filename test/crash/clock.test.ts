import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

const root = join(import.meta.dirname, '../..');
const clock = join(root, 'test/fixtures/clock.mjs');
const dayMs = 86_400_000;

let person: Machine;
let daemon: ChildProcess;
let hosts: Host[];

/** A daemon whose wall clock can be set; the next one of the same machine has the same clock. */
async function startDaemon(environment: Record<string, string> = {}): Promise<void> {
  const FAKE_CLOCK = join(person.home, 'clock');
  daemon = spawn(process.execPath, ['--import', clock, join(root, 'dist/qantara-daemon.js')], {
    env: { ...person.environment, ...environment, FAKE_CLOCK },
    stdio: 'inherit',
  });
  await until(async () => (await person.status())?.pid === daemon.pid, { what: 'the daemon to listen' });
}
async function end(signal: NodeJS.Signals): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const gone = once(daemon, 'exit');
  daemon.kill(signal);
  await gone;
}

beforeEach(async () => {
  person = machine();
  hosts = [];
});
afterEach(async () => {
  for (const one of hosts) await one.close();
  await end('SIGTERM');
  await person.close();
});

test.each([
  ['forward', dayMs],
  ['back', -dayMs],
])(
  `${proves('P-23')} a clock that is set a day %s neither fires nor loses a time limit, also over a restart`,
  async (_way, jump) => {
    const limited = async (limitMs: number) => {
      const own = await host(person, { environment: { BRIDGE_JOB_TIMEOUT_MS: String(limitMs) } });
      hosts.push(own);
      return { own, id: jobIn(await own.call('ask_codex', { task: '[[sleep 100000]]', background: true })) };
    };
    await startDaemon();
    const began = performance.now();
    const hour = await limited(3_600_000);
    const soon = await limited(700);
    const later = await limited(2_500);
    await until(() => person.runs().length === 3, { what: 'all to run' });
    writeFileSync(join(person.home, 'clock'), String(jump));
    expect((await soon.own.call('wait_job', { job_id: soon.id })).text).toMatch(/^Codex was stopped after /);
    expect(performance.now() - began).toBeGreaterThan(700);

    await end('SIGKILL');
    await startDaemon();
    expect((await later.own.call('wait_job', { job_id: later.id })).text).toMatch(/^Codex was stopped after /);
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThan(2_500);
    expect(tookMs).toBeLessThan(9_000);
    const still = await hour.own.call('check_job', { job_id: hour.id });
    expect(still.text).toMatch(/ is running\. .*\((<1|\d)s\)/s);
    await hour.own.call('cancel_job', { job_id: hour.id });
  },
);

test(`${proves('P-23', 'P-03')} nor while a job is being started by a daemon that dies`, async () => {
  writeFileSync(join(person.home, 'clock'), String(-dayMs));
  await startDaemon({ QANTARA_FAIL: 'process-known' });
  const died = once(daemon, 'exit');
  const own = await host(person);
  hosts.push(own);
  const asked = own.call('ask_codex', { task: '[[sleep 100000]]', background: true });
  await died;
  // The shim starts the next one, a day later.
  const id = jobIn(await asked);
  await until(async () => (await person.jobs())[0]?.state === 'running');
  expect((await own.call('check_job', { job_id: id })).text).toMatch(/\((<1|\d)s\)/);
  expect((await own.call('cancel_job', { job_id: id })).text).toMatch(/was cancelled/);
});
