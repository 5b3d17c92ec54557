import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { eventually, isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
});
afterEach(() => person.close());

const daemonPid = () => Number(readFileSync(person.paths.pid, 'utf8'));
const restarts = 5;

/** Asks one after the other, blocking and in the background, until told to end; the answers by their task. */
async function busy(own: Host, agent: string, name: string, going: () => boolean): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (let n = 0; going(); n++) {
    const word = `${name}-${n}`;
    const task = `[[lines 20]] [[sleep ${(n % 4) * 100}]] [[lines 20]] [[say ${word}]]`;
    const background = n % 2 === 1;
    const first = await own.call(`ask_${agent}`, { task, background });
    const { text } = background ? await own.call('wait_job', { job_id: jobIn(first) }) : first;
    answers.set(word, text);
  }
  return answers;
}

test(`${proves('P-05', 'P-06')} hosts do not notice that the daemon is restarted again and again under load`, {
  timeout: 60_000,
}, async () => {
  await person.qantara('daemon', 'start');
  const hosts = await Promise.all(['claude', 'codex', 'gemini'].map((name) => host(person, { name })));
  let going = true;
  const load = hosts.map((own, at) => busy(own, ['codex', 'claude', 'codex'][at] as string, `host${at}`, () => going));
  for (let n = 0; n < restarts; n++) {
    const before = daemonPid();
    const runs = person.runs().length;
    await until(() => person.runs().length > runs + 1, { what: 'jobs to be under way' });
    expect((await person.qantara('daemon', 'restart')).code).toBe(0);
    expect(daemonPid()).not.toBe(before);
  }
  going = false;
  const answers = new Map((await Promise.all(load)).flatMap((one) => [...one]));
  for (const [word, text] of answers)
    expect(text).toMatch(new RegExp(`^${word}\\n\\n\\[qantara\\] job \\S+ · succeeded`));
  const jobs = await person.jobs();
  expect(jobs).toHaveLength(answers.size);
  expect(new Set(person.runs().map((line) => line.split(' ')[2])).size).toBe(answers.size);
  expect(person.runs()).toHaveLength(answers.size);
  for (const own of hosts) await own.close();
});

test(`${proves('P-05')} SIGTERM ends a daemon with jobs, waiting callers and idle connections within 5 s, and jobs go on`, async () => {
  const go = join(person.home, 'go');
  const own = await host(person);
  const idle = await host(person);
  await idle.call('check_job');
  const asked = [1, 2, 3].map((n) => own.call('ask_codex', { task: `[[until ${go}]] [[say ${n}]]` }));
  await until(() => person.runs().length === 3);
  const pid = daemonPid();
  const began = performance.now();
  process.kill(pid, 'SIGTERM');
  await eventually('the daemon is gone', () => !isAlive(pid), 5_000);
  expect(performance.now() - began).toBeLessThan(5_000);
  for (const line of person.runs()) expect(isAlive(Number(line.split(' ')[1]))).toBe(true);
  expect(readFileSync(person.paths.log, 'utf8')).toContain('stopping; running jobs go on');
  await person.qantara('daemon', 'start');
  writeFileSync(go, '');
  expect((await Promise.all(asked)).map(({ text }) => text.split('\n')[0])).toEqual(['1', '2', '3']);
  expect(person.runs()).toHaveLength(3);
  await own.close();
  await idle.close();
});
