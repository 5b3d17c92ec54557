import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { host, jobIn, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

const root = join(import.meta.dirname, '../..');
const hourMs = 3_600_000;

test(`${proves('R-02')} with keep_prompts = false words go once they were read, to the last byte, and unread ones stay`, async () => {
  const person = machine();
  const FAKE_CLOCK = join(person.home, 'clock');
  let daemon: ChildProcess | undefined;
  onTestFinished(async () => {
    daemon?.kill('SIGKILL');
    await person.close();
  });
  const startDaemon = async (): Promise<void> => {
    const preload = ['--import', join(root, 'test/fixtures/clock.mjs'), join(root, 'dist/qantara-daemon.js')];
    const one = spawn(process.execPath, preload, { env: { ...person.environment, FAKE_CLOCK }, stdio: 'inherit' });
    daemon = one;
    await until(async () => (await person.status())?.pid === one.pid, { what: 'the daemon to listen' });
  };
  const stopDaemon = async (): Promise<void> => {
    const gone = once(daemon as ChildProcess, 'exit');
    daemon?.kill('SIGTERM');
    await gone;
  };
  const holding = (canary: string): string[] =>
    (readdirSync(person.paths.home, { recursive: true }) as string[])
      .map((name) => join(person.paths.home, name))
      .filter((path) => lstatSync(path).isFile() && readFileSync(path, 'latin1').includes(canary));

  await startDaemon();
  writeFileSync(person.paths.config, '[retention]\nkeep_prompts = false\n', { mode: 0o600 });
  const own = await host(person);
  const read = jobIn(await own.call('ask_codex', { task: `canary-read ${'x'.repeat(9000)} [[say canary-read]]` }));
  const failed = jobIn(await own.call('ask_claude', { task: 'canary-read [[fail canary-read]]' }));
  const unread = jobIn(await own.call('ask_gemini', { task: '[[say canary-unread]]', background: true }));
  await until(async () => (await person.jobs()).every(({ state }) => state === 'succeeded' || state === 'failed'));
  expect(holding('canary-read').length).toBeGreaterThan(3);
  const before = await person.jobs();

  await stopDaemon();
  writeFileSync(FAKE_CLOCK, String(hourMs));
  await startDaemon();
  await until(() => holding('canary-read').length === 0, { what: 'the words to be gone' });
  expect(holding('canary-unread').length).toBeGreaterThan(0);
  expect(await person.jobs()).toEqual(
    before.map((row) => ([read, failed].includes(row.id) ? { ...row, task: '', error: null } : row)),
  );
  expect((await own.call('check_job', { job_id: read })).text).toMatch(/^Its words are not kept.*· succeeded ·/s);
  expect((await person.qantara('jobs', 'show', failed)).stdout).toContain('(not kept: keep_prompts = false)');
  expect((await own.call('check_job', { job_id: unread })).text).toContain('canary-unread');

  await own.close();
  await stopDaemon();
  expect(holding('canary-read')).toEqual([]);
});
