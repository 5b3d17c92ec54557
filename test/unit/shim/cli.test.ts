import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pathsIn } from '../../../shared/paths.ts';
import { version } from '../../../shared/version.ts';
import { readable } from '../../../shim/commands/daemon-logs.ts';
import { cellsOf } from '../../../shim/live/listing.ts';
import { isAlive } from '../../helpers/processes.ts';
import { killIfAlive } from '../../helpers/shim.ts';
import { until } from '../../helpers/wait.ts';

const program = join(import.meta.dirname, '../../../dist/qantara.js');
let home: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'qc-')));
});
afterEach(async () => {
  await qantara('daemon', 'stop');
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

const paths = () => pathsIn({ HOME: home });
const start = (...args: string[]) =>
  spawn(process.execPath, [program, ...args], { env: { HOME: home, PATH: '/usr/bin:/bin' } });

function qantara(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = start(...args);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

test('--version and --help', async () => {
  expect(await qantara('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  const { code, out } = await qantara('--help');
  expect([code, out]).toEqual([0, expect.stringMatching(/Usage: qantara[\s\S]*Exit codes:\n {2}0 {2}done/)]);
});

test.each([[[]], [['nonsense']], [['daemon']], [['jobs', 'ls', '--limit', '0']], [['daemon', 'start', '--nonsense']]])(
  '%j is wrong usage: code 2, said on stderr',
  async (args) => {
    const { code, out, err } = await qantara(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).not.toBe('');
  },
);

describe('the daemon', () => {
  test('starts once, tells its status, restarts, and stops for good', async () => {
    const off = await qantara('daemon', 'status');
    expect([off.code, off.out]).toEqual([5, `The daemon is not running (${paths().socket}).\n`]);

    const started = await qantara('daemon', 'start');
    const pid = Number(/^The daemon is running \(pid (\d+)\)\.\n$/.exec(started.out)?.[1]);
    expect([started.code, started.err]).toEqual([0, '']);
    const again = await qantara('daemon', 'start');
    expect([again.code, again.out]).toEqual([0, `The daemon is already running (pid ${pid}).\n`]);

    const status = JSON.parse((await qantara('daemon', 'status', '--json')).out);
    expect(status).toMatchObject({ running: true, pid, version, home: paths().home });

    const restarted = await qantara('daemon', 'restart');
    const next = Number(/The daemon is running \(pid (\d+)\)/.exec(restarted.out)?.[1]);
    expect(next).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);

    expect(await qantara('daemon', 'stop')).toEqual({
      code: 0,
      out: `The daemon has stopped (pid ${next}).\n`,
      err: '',
    });
    expect(isAlive(next)).toBe(false);
    expect(await qantara('daemon', 'stop')).toEqual({ code: 0, out: 'The daemon is not running.\n', err: '' });
  });

  test('says why it cannot start', async () => {
    const folder = paths().home;
    writeFileSync(folder, '');
    const { code, err } = await qantara('daemon', 'start');
    expect([code, err]).toEqual([5, expect.stringContaining(folder)]);
    rmSync(folder);
  });

  test('says which line of its configuration is wrong', async () => {
    await qantara('daemon', 'start');
    await qantara('daemon', 'stop');
    writeFileSync(paths().config, '[policy]\ntimeout_ms = "soon"\n');
    const { code, err } = await qantara('daemon', 'start');
    expect(code).toBe(5);
    expect(err).toContain('timeout_ms in [policy] is "soon", which is not');
  });

  test('runs in the foreground until interrupted', async () => {
    const child = start('daemon', 'start', '--foreground');
    const pid = await until(() => {
      try {
        return Number(readFileSync(paths().pid, 'utf8'));
      } catch {
        return undefined; // It is not up yet.
      }
    });
    expect(pid).toBe(child.pid);
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  test('shows its log, and follows it', async () => {
    await qantara('daemon', 'start');
    const { code, out } = await qantara('daemon', 'logs');
    expect([code, out]).toEqual([0, expect.stringMatching(/^\S+Z info {2}listening version="/)]);
    const child = start('daemon', 'logs', '-f', '-n', '0');
    let seen = '';
    child.stdout.on('data', (chunk) => {
      seen += chunk;
    });
    // Each try adds a line, since only what comes after the follower has looked is shown.
    await until(() => {
      appendFileSync(paths().log, '{"level":40,"time":0,"msg":"marked"}\n');
      return seen.includes('1970-01-01T00:00:00.000Z warn  marked');
    });
    killIfAlive(child.pid ?? Number.NaN);
  });
});

describe('jobs ls', () => {
  test('starts the daemon and says that there are none', async () => {
    expect(await qantara('jobs', 'ls')).toEqual({ code: 0, out: 'There are no jobs yet.\n', err: '' });
    expect((await qantara('jobs', 'ls', '--json')).out).toBe('[]\n');
    expect((await qantara('daemon', 'status')).code).toBe(0);
  });

  test('a row is safe for a terminal, whatever an agent or a host wrote', () => {
    const row = {
      id: 'codex-1',
      agent: 'codex',
      state: 'running' as const,
      task: 'fix\n\u001b]0;evil\u0007 it',
      cwd: '/',
      host: 'cla\u200bude',
      parent: null,
      sessionId: null,
      background: true,
      createdAt: 0,
      startedAt: 5_000,
      endedAt: null,
      error: null,
      usage: {},
    };
    expect(cellsOf(row, 65_000)).toEqual([
      'codex-1',
      'running',
      '1m 05s',
      '1m 00s',
      'cla\ufffdude',
      'fix �]0;evil� it',
    ]);
  });
});

test('a log line is told in words, and one that is none is shown as it is', () => {
  expect(readable('{"level":50,"time":0,"pid":1,"job":"codex-1","msg":"a\\u001bb"}')).toBe(
    '1970-01-01T00:00:00.000Z error a�b job="codex-1"',
  );
  expect(readable('Error: \u001b[31mx')).toBe('Error: �[31mx');
});
