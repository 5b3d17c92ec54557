import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  bootId,
  carriers,
  groupMembers,
  identify,
  isAlive,
  lineageOf,
  processes,
} from '../../../../daemon/runner/process.ts';
import { parseRow } from '../../../../daemon/runner/process-darwin.ts';
import { parseStat } from '../../../../daemon/runner/process-linux.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { until } from '../../../helpers/wait.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function sleeper(environment: Record<string, string> = {}, command = '/bin/sleep', detached = false): number {
  const child = spawn(command, ['30'], { env: environment, stdio: 'ignore', detached });
  children.push(child);
  return child.pid as number;
}

test('a live process is itself; with another start time or another boot it is not', async () => {
  const pid = sleeper();
  const identity = identify(pid);
  if (!identity) throw new Error('the child has no identity');
  expect(identity).toEqual({ pid, startTime: expect.stringMatching(/\S/), bootId: bootId() });
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, startTime: `${Number(identity.startTime) + 1}` })).toBe(false);
  expect(isAlive({ ...identity, bootId: 'another' })).toBe(false);
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(identity));
  expect(identify(pid)).toBeUndefined();
});

test('a zombie is not alive', async () => {
  // `sleep` never collects the child that the shell had before it became `sleep`.
  const child = spawn('/bin/sh', ['-c', '/bin/sleep 0.05 & echo $!; exec /bin/sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const pid = await new Promise<number>((resolve) => child.stdout.once('data', (text) => resolve(Number(text))));
  await until(() => identify(pid) === undefined);
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect(processes().some((row) => row.pid === pid)).toBe(false);
});

test('a name with spaces and parentheses does not confuse', () => {
  const home = tempHome();
  const odd = join(home.path, 'a) R 1 (b');
  copyFileSync('/bin/sleep', odd);
  const pid = sleeper({}, odd);
  expect(processes().find((row) => row.pid === pid)?.parent).toBe(process.pid);
  const rest = 'S 7 8 9 0 -1 4194560 99 0 0 0 0 0 0 0 20 0 1 0 4242 2600960';
  expect(parseStat(5, `5 (x) Z 1 2) (y) ${rest}`)).toEqual({ pid: 5, startTime: '4242', parent: 7, group: 8 });
  expect(parseStat(5, `5 (x) ${rest.replace('S', 'Z')}`)).toBeUndefined();
  home.remove();
});

test('the columns of ps on macOS', () => {
  expect(parseRow('  123 Ss       1   123 Sun Nov 22 15:40:12 2026    ')).toEqual({
    pid: 123,
    startTime: 'Sun Nov 22 15:40:12 2026',
    parent: 1,
    group: 123,
  });
  expect(parseRow('  123 Z        1   123 Sun Nov 22 15:40:12 2026')).toBeUndefined();
  expect(parseRow('')).toBeUndefined();
});

test('ancestors lead from the parent upwards and end', () => {
  const pid = sleeper();
  expect(
    lineageOf(pid)
      .map((row) => row.pid)
      .slice(0, 3),
  ).toEqual([pid, process.pid, process.ppid]);
  expect(lineageOf(2 ** 22 + 1)).toEqual([]);
});

test('a group is its members', () => {
  const pid = sleeper({}, '/bin/sleep', true);
  expect(groupMembers(pid)).toEqual([pid]);
});

test('a marker is found as a whole, in the right variable only', () => {
  const marker = `codex-7.${process.pid}`;
  const pid = sleeper({ A: '1', QANTARA_JOB: marker, Z: '1' });
  sleeper({ QANTARA_JOB: `${marker}0` });
  sleeper({ QANTARA_JOB: `x${marker}` });
  sleeper({ XQANTARA_JOB: marker, OTHER: `QANTARA_JOB=${marker}` });
  expect(carriers(marker)).toEqual([pid]);
  expect(carriers('codex-7')).toEqual([]);
});
