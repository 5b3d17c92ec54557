import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Identity, isAlive } from '../../../../daemon/runner/process.ts';
import type { Command } from '../../../../daemon/runner/spawn.ts';
import { stopJob } from '../../../../daemon/runner/stop.ts';
import { createSupervisors, type Supervisors } from '../../../../daemon/runner/supervisors.ts';
import { until } from '../../../helpers/wait.ts';
import { proves } from '../../../promises.ts';
import { type Bench, bench, outcome } from './job.ts';

let work: Bench;
let supervisors: Supervisors;
beforeAll(() => {
  work = bench();
  supervisors = createSupervisors(work.dir);
});
afterAll(() => work.close());
afterEach(() => {
  vi.useRealTimers();
});

const shell = (script: string): Command => ({
  command: '/bin/sh',
  args: ['-c', script],
  cwd: work.dir,
  environment: { PATH: '/usr/bin:/bin' },
});

/** Runs a command as a job with a supervisor of `supervisors`, to its end. */
async function ran(command: Command): Promise<{ identity: Identity; marker: string; texts: unknown[]; end: unknown }> {
  const { folder, marker } = work.folder();
  const identity = await supervisors.take(command);
  supervisors.begin(identity, marker);
  const { texts, end } = await outcome({ folder, identity });
  supervisors.ended(identity);
  return { identity, marker, texts, end };
}

test('the supervisor of a job that has ended runs the next one of the same kind, each with its own marker and code', async () => {
  const command = shell('echo "$QANTARA_JOB"; exit 7');
  const jobs = [await ran(command), await ran(command), await ran(command)];
  for (const { identity, marker, texts, end } of jobs) {
    expect(identity).toEqual(jobs[0]?.identity);
    expect(texts).toEqual([marker]);
    expect(end).toMatchObject({ code: 7 });
  }
});

test('jobs at the same time have a supervisor each', async () => {
  const command = shell('sleep 0.3; echo "$QANTARA_JOB"');
  const jobs = await Promise.all([ran(command), ran(command)]);
  expect(jobs[0].identity).not.toEqual(jobs[1].identity);
  expect(jobs.map(({ texts }) => texts)).toEqual(jobs.map(({ marker }) => [marker]));
});

test(`${proves('P-14')} another command, argument, directory or environment gets another supervisor`, async () => {
  const base = shell('pwd; echo "$A"');
  const other = join(work.dir, 'other');
  mkdirSync(other);
  const kinds: Command[] = [
    base,
    { ...base, command: '/bin/bash' },
    { ...base, args: [...base.args, 'more'] },
    { ...base, cwd: other },
    { ...base, environment: { ...base.environment, A: '1' } },
  ];
  const jobs = [];
  for (const kind of kinds) jobs.push(await ran(kind));
  expect(new Set(jobs.map(({ identity }) => identity.pid)).size).toBe(kinds.length);
  expect(jobs.map(({ texts }) => texts)).toEqual(kinds.map(({ cwd, environment }) => [cwd, environment.A ?? '']));
});

test('a directory that another one has taken the place of gets another supervisor', async () => {
  const command = { ...shell('echo x > made'), cwd: join(work.dir, 'place') };
  mkdirSync(command.cwd);
  const first = await ran(command);
  renameSync(command.cwd, join(work.dir, 'moved'));
  mkdirSync(command.cwd);
  const second = await ran(command);
  expect(second.identity).not.toEqual(first.identity);
  expect(readFileSync(join(command.cwd, 'made'), 'utf8')).toBe('x\n');
});

test(`${proves('P-10')} what a job leaves behind is never in the group of a later one`, async () => {
  const command = shell('sleep 60 >/dev/null 2>&1 & echo $!');
  const first = await ran(command);
  const left = Number(first.texts[0]);
  const second = await ran(command);
  expect(second.identity).not.toEqual(first.identity);
  await stopJob({ identity: second.identity, marker: second.marker, graceMs: 100 });
  expect(() => process.kill(left, 0)).not.toThrow();
  await until(() => !isAlive(first.identity), { what: 'the first supervisor to end' });
  await stopJob({ marker: first.marker, graceMs: 100 });
});

test('a supervisor that was dismissed ends, after its job where it has one', async () => {
  const { folder, marker } = work.folder();
  const busy = await supervisors.take(shell('sleep 0.3; echo done'));
  supervisors.begin(busy, marker);
  supervisors.dismiss(busy);
  expect((await outcome({ folder, identity: busy })).texts).toEqual(['done']);
  supervisors.ended(busy);
  const unused = await supervisors.take(shell('echo never'));
  supervisors.dismiss(unused);
  await until(() => !isAlive(busy) && !isAlive(unused), { what: 'both supervisors to end' });
});

test('without a job it ends after 2 s, and one whose job takes longer than 10 s gets no other', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const short = await ran(shell('echo short'));
  const { folder, marker } = work.folder();
  const long = await supervisors.take(shell('sleep 0.5; echo long'));
  supervisors.begin(long, marker);
  vi.advanceTimersByTime(1_900);
  expect((await ran(shell('echo short'))).identity).toEqual(short.identity);
  vi.advanceTimersByTime(9_000);
  vi.useRealTimers();
  await until(() => !isAlive(short.identity), { what: 'the idle supervisor to end' });
  expect(isAlive(long)).toBe(true);
  expect((await outcome({ folder, identity: long })).texts).toEqual(['long']);
  supervisors.ended(long);
  await until(() => !isAlive(long), { what: 'the other one to end' });
});

test('one that was killed while it had no job is not chosen', async () => {
  const command = shell('echo again');
  const first = await ran(command);
  process.kill(first.identity.pid, 'SIGKILL');
  await until(() => !isAlive(first.identity));
  expect(await ran(command)).toMatchObject({ texts: ['again'], end: { code: 0 } });
});
