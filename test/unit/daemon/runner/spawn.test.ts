import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readExit, readPid } from '../../../../daemon/runner/folder.ts';
import { groupMembers, isAlive, processes } from '../../../../daemon/runner/process.ts';
import { type Command, findBinary, spawnSupervisor } from '../../../../daemon/runner/spawn.ts';
import { isRetryable } from '../../../../shared/errors.ts';
import { until } from '../../../helpers/wait.ts';
import { proves } from '../../../promises.ts';
import { type Bench, bench, descriptors, outcome, startOnce } from './job.ts';

/** What this process got from whoever started it; Node passes the ones beyond 15 on. */
const handed = descriptors();

let work: Bench;
beforeAll(() => {
  work = bench();
});
afterAll(() => work.close());

const childrenOf = (pid: number): number[] => processes().flatMap((row) => (row.parent === pid ? row.pid : []));
const shell = (script: string, ...args: string[]): Partial<Command> => ({
  command: '/bin/sh',
  args: ['-c', script, ...args],
});
const written = (name: string, text: string, mode: number): string => {
  const path = join(work.dir, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

test('the supervisor is a group of its own, says its pid, and its report has the code', async () => {
  const job = await work.start('', shell('cat; echo words >&2; sleep 0.2; exit 7'));
  expect(isAlive(job.identity)).toBe(true);
  expect(groupMembers(job.identity.pid)).toContain(job.identity.pid);
  const before = Date.now();
  expect((await outcome(job)).end).toEqual({ code: 7, endedAtMs: expect.any(Number) });
  expect(readPid(job.folder)).toBe(job.identity.pid);
  expect(readFileSync(job.folder.errors, 'utf8')).toBe('words\n');
  expect(Math.abs((readExit(job.folder)?.endedAtMs ?? 0) - before)).toBeLessThan(5_000);
  for (const file of ['out', 'err', 'run']) {
    expect(statSync(join(job.folder.dir, file)).mode & 0o777, file).toBe(0o600);
  }
});

test('a second supervisor of the same job runs nothing and reports nothing', async () => {
  const made = work.folder();
  const { folder } = made;
  const command = { command: '', args: [], cwd: work.dir, environment: {}, ...shell('echo once') };
  const first = { folder, identity: await startOnce(made, command) };
  expect((await outcome(first)).end).toMatchObject({ code: 0 });
  const report = readFileSync(folder.run, 'utf8');
  const late = await startOnce(made, command);
  await until(() => !isAlive(late));
  expect(readFileSync(folder.run, 'utf8')).toBe(report);
  expect(readFileSync(folder.output, 'utf8')).toBe('once\n');
});

test('every exit code from 0 to 255 is recorded, by one supervisor', async () => {
  const command = { command: '', args: [], cwd: work.dir, environment: {}, ...shell('read code; exit "$code"') };
  const { identity, requests } = await spawnSupervisor(work.dir, command);
  const jobs = Array.from({ length: 256 }, (_, code) => work.folder(`${code}\n`));
  for (const { marker } of jobs) requests.write(`${marker}\n`);
  requests.end();
  for (const [code, { folder }] of jobs.entries()) {
    expect((await outcome({ folder, identity })).end).toMatchObject({ code });
  }
  await until(() => !isAlive(identity), { what: 'the supervisor to end' });
});

test.each([
  ['HUP', 129],
  ['INT', 130],
  ['KILL', 137],
  ['SEGV', 139],
  ['TERM', 143],
])('a command that SIG%s ends is recorded as %i', async (name, code) => {
  // Not a shell: one without job control may ignore INT.
  const job = await work.start('', {
    args: ['-e', `process.kill(process.pid, 'SIG${name}'); setTimeout(() => {}, 9000)`],
  });
  expect((await outcome(job)).end).toMatchObject({ code });
});

test(`${proves('P-32')} arguments, environment and stdin arrive as they are; no shell reads them`, async () => {
  const odd = ['', '-c', '$(id)', '`id`', `a'b"c`, 'two\nlines', '; exit 3', '*', '\\', '--', '$0', 'é'];
  const show =
    'process.stdout.write(JSON.stringify([process.argv.slice(1), process.env.ODD, require("fs").readFileSync(0, "utf8")]))';
  const value = odd.join(' ');
  const job = await work.start(value, { args: ['-e', show, '--', ...odd], environment: { ODD: value } });
  const { texts, end } = await outcome(job);
  expect(end).toMatchObject({ code: 0 });
  expect(JSON.parse(texts[0] ?? '')).toEqual([odd, value, value]);
});

test(`${proves('P-14')} a job inherits no descriptor and no variable of this process`, async () => {
  const file = openSync(join(work.dir, 'secret'), 'w');
  const server = createServer().listen(join(work.dir, 'sock'));
  process.env.QANTARA_TEST_LEAK = '1';
  try {
    const open = await work.start('', { command: '/bin/ls', args: ['-l', '/proc/self/fd'] });
    const links = (await outcome(open)).texts.flatMap((text) => / -> (.*)$/.exec(text ?? '')?.[1] ?? []);
    const { dir } = open.folder;
    expect(links.slice(0, 3)).toEqual([`${dir}/in`, `${dir}/out`, `${dir}/err`]);
    const more = links.slice(3).filter((link) => !handed.includes(link));
    expect(more).toEqual([expect.stringMatching(/^\/proc\/\d+\/fd$/)]); // the listing's own
    const listing = await work.start('', {
      command: '/usr/bin/env',
      args: [],
      environment: { ONLY: 'this', PATH: '/bin' },
    });
    const names = (await outcome(listing)).texts.map((text) => text?.split('=')[0]);
    // PWD is the supervising shell's.
    expect(names.filter((name) => name !== 'PWD').sort()).toEqual([
      'FAKE_AGENT',
      'HOME',
      'ONLY',
      'PATH',
      'QANTARA_JOB',
    ]);
  } finally {
    delete process.env.QANTARA_TEST_LEAK;
    server.close();
    closeSync(file);
  }
});

test('what an agent writes has the mode that the person would get, whatever this process narrowed its own to', async () => {
  const persons = process.umask(0o077);
  try {
    const job = await work.start('', shell('umask; : > made'));
    const { texts } = await outcome(job);
    expect(Number.parseInt(texts[0] ?? '', 8)).toBe(persons);
    expect(statSync(join(work.dir, 'made')).mode & 0o777).toBe(0o666 & ~persons);
  } finally {
    process.umask(persons);
  }
});

test('the exit is recorded whatever the delegate has on its PATH', async () => {
  const job = await work.start('', { ...shell('exit 5'), environment: { PATH: '/nowhere' } });
  expect((await outcome(job)).end).toMatchObject({ code: 5 });
});

const broken: [string, () => Partial<Command>, RegExp][] = [
  ['a missing command', () => ({ command: '/no/such/agent' }), /ENOENT.*\/no\/such\/agent/],
  ['a command without execute permission', () => ({ command: written('plain', '#!/bin/sh\n', 0o644) }), /EACCES/],
  ['a directory as command', () => ({ command: work.dir }), /is not a file/],
  ['a missing working directory', () => ({ cwd: join(work.dir, 'gone') }), /ENOENT.*gone/],
  ['a file as working directory', () => ({ cwd: written('file', '', 0o644) }), /is not a directory/],
  ['too long arguments', () => ({ args: ['x'.repeat(200_000)] }), /E2BIG/],
  ['an environment with a NUL', () => ({ environment: { A: 'a\0b' } }), /null bytes/],
];
test.each(broken)(
  `${proves('P-12')} %s is refused with the reason, without a process or an open file`,
  async (_name, command, reason) => {
    const whole = { command: '/bin/true', args: [], cwd: work.dir, environment: {}, ...command() };
    const before = descriptors().sort();
    const children = childrenOf(process.pid);
    const error = await spawnSupervisor(work.dir, whole).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'QantaraError', code: 'spawn_failed', message: expect.stringMatching(reason) });
    expect(isRetryable('spawn_failed')).toBe(false);
    expect(childrenOf(process.pid)).toEqual(children);
    expect(descriptors().sort()).toEqual(before);
  },
);

test(`${proves('P-12')} in a folder that holds a link in the place of a file nothing runs, and nothing is written`, async () => {
  const made = work.folder();
  const target = written('target', 'as it was', 0o644);
  symlinkSync(target, made.folder.errors);
  const command = { command: '', args: [], cwd: work.dir, environment: {}, ...shell('echo here; echo there >&2') };
  const job = { ...made, identity: await startOnce(made, command) };
  expect((await outcome(job)).end).toMatchObject({ lost: expect.any(String) });
  expect(readFileSync(target, 'utf8')).toBe('as it was');
});

test(`${proves('P-12')} a script whose interpreter is missing ends with 126 or 127 and says why on stderr`, async () => {
  const job = await work.start('', { command: written('script', '#!/no/such/interpreter\n', 0o755) });
  const { end } = await outcome(job);
  expect([126, 127]).toContain('code' in end && end.code);
  expect(readFileSync(job.folder.errors, 'utf8')).toMatch(/script/);
});

test('40 jobs leave no descriptor behind', async () => {
  const before = descriptors().length;
  const jobs = await Promise.all(Array.from({ length: 40 }, () => work.start('', shell('exit 0'))));
  await Promise.all(jobs.map((job) => outcome(job)));
  await until(() => descriptors().length <= before);
});

test('findBinary: first executable file on the path, nothing else', () => {
  for (const name of ['one', 'two', 'three']) mkdirSync(join(work.dir, name));
  mkdirSync(join(work.dir, 'one/agent'), { mode: 0o755 });
  written('two/agent', '', 0o644);
  written('three/agent', '', 0o755);
  const path = ['one', 'two', 'nowhere', 'three'].map((name) => join(work.dir, name)).join(':');
  expect(findBinary('agent', path)).toBe(join(work.dir, 'three/agent'));
  expect(findBinary('agent', `rel:.:${path}`)).toBe(join(work.dir, 'three/agent'));
  expect(findBinary('agent', '')).toBeUndefined();
  expect(findBinary('agent', ':/nowhere:')).toBeUndefined();
});
