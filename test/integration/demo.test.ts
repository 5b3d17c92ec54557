import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agents } from '../../shared/agents/index.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/wait.ts';

const demo = join(import.meta.dirname, '../../setup/demo.ts');
const limitMs = 90_000;

/** The machine of somebody who has no agent CLI: node and the system's own programs, whatever else is in their folders. */
let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'qn-demo-')));
  for (const folder of ['bin', 'home', 'tmp']) mkdirSync(join(root, folder));
  const hidden = ['node', ...agents.map((agent) => agent.binary)];
  symlinkSync(process.execPath, join(root, 'bin/node'));
  for (const folder of ['/usr/bin', '/bin']) {
    for (const name of readdirSync(folder)) {
      const link = join(root, 'bin', name);
      if (!hidden.includes(name) && !existsSync(link)) symlinkSync(join(folder, name), link);
    }
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The processes with a path of this test in their environment, however they were started. Linux only: else none. */
function processesLeft(): string[] {
  if (process.platform !== 'linux') return [];
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isAlive(Number(name)));
  return found.flatMap((pid) => {
    try {
      const belongs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(root);
      return belongs ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
    } catch {
      return []; // it has ended just now, or is another user's
    }
  });
}

interface Run {
  process: ChildProcess;
  output: { stdout: string; stderr: string };
  /** The exit code. */
  done: Promise<number | null>;
}

function start(...args: string[]): Run {
  const child = spawn(process.execPath, [demo, ...args], {
    env: { HOME: join(root, 'home'), PATH: join(root, 'bin'), TMPDIR: join(root, 'tmp'), LANG: 'C.UTF-8' },
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The process group that a terminal would interrupt.
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return { process: child, output, done: new Promise((resolve) => child.on('close', resolve)) };
}

function expectNothingLeft(): void {
  expect(processesLeft()).toEqual([]);
  expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  expect(readdirSync(join(root, 'home'))).toEqual([]);
}

test('without any agent CLI a stand-in shows everything, and nothing of it is left', { timeout: limitMs }, async () => {
  const run = start();
  expect(await run.done, run.output.stderr).toBe(0);
  const { stdout } = run.output;
  expect(stdout.match(/^\d {2}.*$/gm)).toEqual([
    '1  Agent CLIs on your PATH',
    '2  A host asks claude (stand-in)',
    '3  A job of codex (stand-in) outlives its host and the daemon',
    '4  The conversation with codex (stand-in) goes on',
    '5  Every job is on the record',
  ]);
  expect(stdout.match(/^ {3}(claude|codex|gemini) +not found$/gm)).toHaveLength(agents.length);
  expect(stdout).toMatch(/… claude-1: answering: line 1 \(.+\)/);
  expect(stdout).toMatch(/\| I am a stand-in: I read nothing .*\n.*\n {3}\| \[qantara\] job claude-1 · succeeded · /);
  expect(stdout).toMatch(/✓ kill -9 \d+: the daemon has gone/);
  expect(stdout).toContain('[qantara] notice: background job "codex-2" (codex) finished');
  const sessions = stdout.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
  expect(sessions).toHaveLength(3);
  expect(sessions[1]).toBe(sessions[2]);
  for (const id of ['claude-1', 'codex-2', 'codex-3']) {
    expect(stdout).toMatch(new RegExp(`^ {3}${id} +succeeded .* demo +Stand-in, `, 'm'));
  }
  for (const { name } of agents) expect(stdout).toMatch(new RegExp(`^ {3}${name} mcp add .*--host ${name}$`, 'm'));
  expect(stdout).not.toContain('\u001b');
  expectNothingLeft();
});

test('an interruption while a job runs ends the job, the daemon and the demo', { timeout: limitMs }, async () => {
  const run = start();
  await until(() => run.output.stdout.includes('… claude-1: '), {
    timeoutMs: 30_000,
    what: 'progress of the first job',
  });
  const { pid } = run.process;
  if (pid === undefined) throw new Error('the demo was not started');
  // Demo, shim, daemon, supervisor and agent; so the search does find them.
  if (process.platform === 'linux') expect(processesLeft().length).toBeGreaterThanOrEqual(5);
  process.kill(-pid, 'SIGINT');
  expect(await run.done).toBe(130);
  expect(run.output.stderr).toMatch(/Interrupted\. Everything that was started has been ended and removed\.\n$/);
  expect(run.output.stdout).not.toContain('Done in');
  expectNothingLeft();
});

test('--real without an agent CLI says how to get one', { timeout: limitMs }, async () => {
  const run = start('--real');
  expect(await run.done).toBe(1);
  for (const { install, login } of agents) expect(run.output.stdout).toContain(`${install} && ${login}`);
  expect(run.output.stderr).toContain('The demo failed: No agent CLI is there to be asked.');
  expectNothingLeft();
});
