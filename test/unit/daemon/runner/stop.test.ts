import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { carriers, type Identity, identify, isAlive, processes } from '../../../../daemon/runner/process.ts';
import { stopJob } from '../../../../daemon/runner/stop.ts';
import { until } from '../../../helpers/wait.ts';
import { proves } from '../../../promises.ts';
import { type Bench, bench, grown, outcome } from './job.ts';

let work: Bench;
beforeAll(() => {
  work = bench();
});
afterAll(() => work.close());

const bystanders: ChildProcess[] = [];
afterEach(() => {
  for (const child of bystanders.splice(0)) process.kill(-(child.pid as number), 'SIGKILL');
});
function bystander(environment: Record<string, string> = {}, command = '/bin/sleep 60'): Identity {
  const child = spawn('/bin/sh', ['-c', command], { env: environment, stdio: 'ignore', detached: true });
  bystanders.push(child);
  return identify(child.pid as number) as Identity;
}

/** Everything that descends from a process, itself included. */
function tree(root: number): Identity[] {
  const rows = processes();
  const found = new Set([root]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of rows) if (found.has(parent)) found.add(pid);
  }
  return [...found].flatMap((pid) => identify(pid) ?? []);
}

const timed = async (act: () => Promise<void>): Promise<number> => {
  const start = performance.now();
  await act();
  return performance.now() - start;
};

test(`${proves('P-09')} an agent that obeys TERM is gone at once, and 143 is recorded`, async () => {
  const job = await work.start('[[sleep 60000]]');
  await grown(job.marker, 1);
  const { identity, marker } = job;
  expect(await timed(() => stopJob({ identity, marker, graceMs: 5_000 }))).toBeLessThan(3_000);
  expect(carriers(marker)).toEqual([]);
  expect((await outcome(job)).end).toMatchObject({ code: 143 });
});

test(`${proves('P-09')} a command that leaves its signals as it found them obeys TERM too`, async () => {
  // Node resets what it inherits; a CLI that does not would ignore TERM if its supervisor did.
  const job = await work.start('', { command: '/bin/sleep', args: ['60'] });
  await grown(job.marker, 1);
  expect(await timed(() => stopJob({ ...job, graceMs: 5_000 }))).toBeLessThan(3_000);
  expect((await outcome(job)).end).toMatchObject({ code: 143 });
});

const families: [string, string, number, number][] = [
  ['ignores TERM', '[[ignore-term]]', 2, 137],
  ['has a child in its group that ignores TERM', '[[grandchild]]', 3, 143],
  ['has a child in another session', '[[setsid]]', 3, 143],
  ['has a child that forked away', '[[double-fork]]', 3, 143],
  ['has all of these', '[[ignore-term]] [[grandchild]] [[setsid]] [[double-fork]]', 5, 137],
];
test.each(families)(`${proves('P-09')} nothing is left of an agent that %s`, async (_name, directives, count, code) => {
  const job = await work.start(`${directives} [[say ready]] [[lines 1]] [[sleep 60000]]`);
  const { identity, marker, folder } = job;
  await grown(marker, count - 1);
  const everyone = tree(identity.pid);
  // The agent is past its directives, so TERM meets what they set up.
  await until(() => readFileSync(folder.output, 'utf8').includes('line 1'));
  expect(await timed(() => stopJob({ identity, marker, graceMs: 400 }))).toBeLessThan(5_000);
  expect(carriers(marker)).toEqual([]);
  expect(everyone.filter(isAlive)).toEqual([]);
  expect((await outcome(job)).end).toMatchObject({ code });
});

test(`${proves('P-09')} a child with a session of its own and a clean environment is found while its parent lives`, async () => {
  const job = await work.start('[[stray]] [[sleep 60000]]');
  const { identity, marker } = job;
  await grown(marker, 1);
  const everyone = await until(() => tree(identity.pid).length >= 3 && tree(identity.pid));
  expect(everyone.length).toBeGreaterThan(carriers(marker).length);
  await stopJob({ identity, marker, graceMs: 400 });
  expect(everyone.filter(isAlive)).toEqual([]);
});

test(`${proves('P-09')} what outlived its supervisor is found by the marker alone`, async () => {
  const job = await work.start('[[ignore-term]] [[setsid]] [[sleep 60000]]');
  await grown(job.marker, 2);
  process.kill(job.identity.pid, 'SIGKILL');
  await until(() => !isAlive(job.identity));
  expect(carriers(job.marker).length).toBeGreaterThanOrEqual(2);
  await stopJob({ identity: job.identity, marker: job.marker, graceMs: 200 });
  expect(carriers(job.marker)).toEqual([]);
});

test('a job without a recorded process is stopped by its marker; one that has ended takes no time', async () => {
  const job = await work.start('[[sleep 60000]]');
  await grown(job.marker, 1);
  await stopJob({ marker: job.marker, graceMs: 5_000 });
  expect(carriers(job.marker)).toEqual([]);
  expect(await timed(() => stopJob({ ...job, graceMs: 5_000 }))).toBeLessThan(500);
});

test('a supervisor that was stopped with SIGSTOP does not hold the job up', async () => {
  const job = await work.start('[[sleep 60000]]');
  await grown(job.marker, 1);
  process.kill(job.identity.pid, 'SIGSTOP');
  await stopJob({ ...job, graceMs: 200 });
  expect(carriers(job.marker)).toEqual([]);
  expect(isAlive(job.identity)).toBe(false);
});

test(`${proves('P-10')} no signal goes to a process with the recorded pid and another start time or boot, nor to its group`, async () => {
  const stranger = bystander({}, '/bin/sleep 60 & wait');
  const group = await until(() => tree(stranger.pid).length === 2 && tree(stranger.pid));
  const marker = 'codex-1.nobody';
  const { startTime } = stranger;
  await stopJob({ identity: { ...stranger, startTime: String(Number(startTime) - 1) }, marker, graceMs: 100 });
  await stopJob({ identity: { ...stranger, bootId: 'an earlier boot' }, marker, graceMs: 100 });
  await stopJob({ identity: { ...stranger, startTime: '', bootId: '' }, marker, graceMs: 100 });
  expect(group.every(isAlive)).toBe(true);
});

test(`${proves('P-10')} another job with a similar marker lives on`, async () => {
  const one = await work.start('[[sleep 60000]]');
  const others = [`${one.marker}0`, one.marker.slice(0, -1), `x${one.marker}`].map((marker) =>
    bystander({ QANTARA_JOB: marker }),
  );
  await grown(one.marker, 1);
  await stopJob({ ...one, graceMs: 1_000 });
  expect(others.every(isAlive)).toBe(true);
});

test('a daemon that was started inside the job ends neither itself nor its own children', () => {
  const marker = `codex-1.${process.pid}.inside`;
  const runner = join(import.meta.dirname, '../../../../daemon/runner');
  const script = `
    import { spawn } from 'node:child_process';
    import { stopJob } from ${JSON.stringify(join(runner, 'stop.ts'))};
    const own = spawn('/bin/sleep', ['60'], { env: {}, detached: true, stdio: 'ignore' });
    const marked = spawn('/bin/sleep', ['60'], { env: { QANTARA_JOB: ${JSON.stringify(marker)} }, stdio: 'ignore' });
    const ended = new Promise((resolve) => marked.on('exit', (_code, signal) => resolve(signal)));
    await stopJob({ marker: ${JSON.stringify(marker)}, graceMs: 300 });
    console.log(JSON.stringify({ own: own.exitCode === null && own.signalCode === null, marked: await ended }));
    own.kill('SIGKILL');
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { QANTARA_JOB: marker },
    encoding: 'utf8',
    timeout: 10_000,
  });
  expect(JSON.parse(output)).toEqual({ own: true, marked: 'SIGTERM' });
});
