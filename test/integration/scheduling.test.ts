import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
});
afterEach(() => person.close());

function configure(text: string): void {
  mkdirSync(person.paths.home, { mode: 0o700 });
  writeFileSync(person.paths.config, text);
}
const states = async () => (await person.jobs()).map((job) => job.state).reverse();

test(`${proves('L-01')} no more run at once than the limits allow; the others are told their place and run in turn`, async () => {
  configure('[limits]\nmax_running = 2\n[limits.agents]\ncodex = 1\n');
  const own = await host(person);
  const asked = async (agent: string) =>
    jobIn(await own.call(`ask_${agent}`, { task: '[[sleep 1500]] [[say x]]', background: true }));
  const ids = [await asked('codex'), await asked('codex'), await asked('claude'), await asked('gemini')];
  await until(async () => (await states()).filter((state) => state === 'running').length === 2);
  expect(await states()).toEqual(['running', 'queued', 'running', 'queued']);
  expect((await own.call('check_job', { job_id: ids[3] })).text).toContain('queued, 1 ahead of it');
  await until(async () => {
    const now = await states();
    expect(now.filter((state) => state === 'running' || state === 'starting').length).toBeLessThanOrEqual(2);
    return now.every((state) => state === 'succeeded');
  });
  await own.close();
});

test(`${proves('L-02')} with a limit of one, asks nested three deep do not wait for each other`, async () => {
  configure('[limits]\nmax_running = 1\n');
  const own = await host(person);
  const answer = await own.call('ask_codex', { task: '[[ask claude {{ask gemini <<say deep>>}}]]' });
  expect(answer.text).toMatch(/^deep\n/);
  expect((await person.jobs()).map((job) => job.state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  await own.close();
});

test(`${proves('L-03')} queued jobs survive kill -9 with the environment they were submitted with`, async () => {
  configure('[limits]\nmax_running = 1\n');
  const own = await host(person, { environment: { PROJECT_TOKEN: 'as-submitted' } });
  await own.call('ask_codex', { task: '[[sleep 900]] [[say first]]', background: true });
  const id = jobIn(await own.call('ask_claude', { task: '[[env PROJECT_TOKEN]]', background: true }));
  const { pid } = (await person.status()) ?? { pid: 0 };
  process.kill(pid, 'SIGKILL');
  await own.close();
  // Another person's terminal starts the next daemon, without that variable.
  const other = await host(person);
  expect((await other.call('wait_job', { job_id: id })).text).toMatch(/^PROJECT_TOKEN=as-submitted\n/);
  await other.close();
});
