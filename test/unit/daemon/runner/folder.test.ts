import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  folderOf,
  forgetEnvironment,
  hasPrompt,
  type JobFolder,
  prepareFolder,
  readExit,
  readPid,
  tailText,
  takeEnvironment,
} from '../../../../daemon/runner/folder.ts';
import { writeReport } from '../../../helpers/report.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { proves } from '../../../promises.ts';

let home: ReturnType<typeof tempHome>;
let folder: JobFolder;
beforeEach(() => {
  home = tempHome();
  folder = folderOf(home.path, 'codex-1');
});
afterEach(() => home.remove());

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const given = { prompt: 'do é\n', environment: { A: 'x=y\nz', EMPTY: '' }, record: '{}\n' };

test.each([0o000, 0o022, 0o377])(
  `${proves('P-25')} a job's folder is 0700 and its files 0600 under umask %i`,
  (umask) => {
    const before = process.umask(umask);
    try {
      prepareFolder(folder, given);
    } finally {
      process.umask(before);
    }
    expect(mode(folder.dir)).toBe('700');
    const files = readdirSync(folder.dir);
    expect(files.sort()).toEqual(['in', 'job.json', 'run']);
    for (const file of files) expect(Number.parseInt(mode(join(folder.dir, file)), 8) & 0o177, file).toBe(0);
    expect(readFileSync(folder.input, 'utf8')).toBe(given.prompt);
    expect(takeEnvironment(folder)).toEqual(given.environment);
  },
);

test('the environment can be forgotten, more than once', () => {
  prepareFolder(folder, given);
  writeReport(folder.run, { pid: 4711, exitCode: 7 });
  utimesSync(folder.run, 1_700_000_000.25, 1_700_000_000.25);
  expect(takeEnvironment(folder)).toEqual(given.environment);
  forgetEnvironment(folder);
  forgetEnvironment(folder);
  expect(readFileSync(folder.run, 'utf8')).toMatch(/^4711 +\n7 +\n$/);
  expect(readExit(folder)).toEqual({ code: 7, endedAtMs: 1_700_000_000_250 });
  expect(() => takeEnvironment(folder)).toThrow();
  rmSync(folder.dir, { recursive: true });
  forgetEnvironment(folder);
});

test('what a job left that was never accepted is replaced, a link without touching what it points to', () => {
  prepareFolder(folder, { ...given, prompt: 'old' });
  prepareFolder(folder, given);
  expect(readFileSync(folder.input, 'utf8')).toBe(given.prompt);
  const outside = join(home.path, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'in'), 'precious');
  const linked = folderOf(home.path, 'codex-2');
  symlinkSync(outside, linked.dir);
  prepareFolder(linked, given);
  expect(readFileSync(join(outside, 'in'), 'utf8')).toBe('precious');
  expect(readFileSync(linked.input, 'utf8')).toBe(given.prompt);
});

test('a folder in which an agent ran is moved aside, not deleted', () => {
  prepareFolder(folder, given);
  writeReport(folder.run, { pid: 4711 });
  writeFileSync(folder.output, 'an answer');
  prepareFolder(folder, given);
  expect(existsSync(folder.output)).toBe(false);
  const [kept = ''] = readdirSync(home.path).filter((name) => name.startsWith('codex-1.kept-'));
  expect(readFileSync(join(home.path, kept, 'out'), 'utf8')).toBe('an answer');
});

test('pid and exit are unknown until the supervisor has written them', () => {
  expect(readPid(folder)).toBeUndefined();
  expect(readExit(folder)).toBeUndefined();
  prepareFolder(folder, given);
  expect(readPid(folder)).toBeUndefined();
  expect(readExit(folder)).toBeUndefined();
  writeReport(folder.run, { pid: 4711 });
  expect(readPid(folder)).toBe(4711);
  expect(readExit(folder)).toBeUndefined();
  for (const nonsense of ['', '\n', 'x', '-1', '0x1', '12345678901']) {
    writeReport(folder.run, { pid: 4711, exitCode: nonsense });
    expect(readExit(folder), nonsense).toBeUndefined();
  }
  writeReport(folder.run, { pid: 4711, exitCode: 7 });
  utimesSync(folder.run, 1_700_000_000.25, 1_700_000_000.25);
  expect(readExit(folder)).toEqual({ code: 7, endedAtMs: 1_700_000_000_250 });
});

test('what is there and cannot be read is an error, not "not yet"', () => {
  prepareFolder(folder, given);
  rmSync(folder.run);
  mkdirSync(folder.run);
  expect(() => readExit(folder)).toThrow(/EISDIR/);
});

test('the tail of a file begins with a whole character', () => {
  const file = join(home.path, 'text');
  expect(tailText(file, 10)).toBe('');
  writeFileSync(file, 'aé漢b');
  expect(tailText(file, 100)).toBe('aé漢b');
  expect(tailText(file, 4)).toBe('漢b');
  expect(tailText(file, 3)).toBe('b');
  expect(tailText(file, 5)).toBe('漢b');
  expect(tailText(file, 0)).toBe('');
  chmodSync(file, 0o600);
  symlinkSync(file, join(home.path, 'link'));
  expect(() => tailText(join(home.path, 'link'), 10)).toThrow(/ELOOP/);
});

test('a prompt that a power cut has shortened is told from a whole one', () => {
  prepareFolder(folder, given);
  expect(hasPrompt(folder, given.prompt)).toBe(true);
  truncateSync(folder.input, 3);
  expect(hasPrompt(folder, given.prompt)).toBe(false);
  rmSync(folder.input);
  expect(hasPrompt(folder, '')).toBe(false);
});
