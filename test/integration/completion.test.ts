import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { host, type Machine, machine } from '../helpers/bridge.ts';
import { killIfAlive } from '../helpers/shim.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(async () => {
  person = machine();
  symlinkSync(join(import.meta.dirname, '../../dist/qantara.js'), join(person.home, 'bin/qantara'));
  const own = await host(person, { name: 'codex' });
  await own.call('ask_claude', { task: '[[say it: $(touch bad)`touch bad`]]' });
  await own.close();
});
afterAll(() => person.close());

const complete = async (...words: string[]): Promise<string[]> =>
  (await person.qantara('__complete', ...words)).stdout.split('\n').filter(Boolean);
const words = async (...line: string[]) => (await complete(...line)).map((one) => one.split('\t')[0]);

test('commands, options, and what an option takes', async () => {
  expect(await complete('sess')).toEqual(["sessions\tthe agents' conversations, which can be resumed"]);
  expect(await words('jobs', 'l')).toEqual(['ls', 'logs']);
  expect(await words('stats', '--')).toEqual(['--by', '--since', '--limit', '--json', '--help']);
  expect(await words('stats', '--by', '')).toEqual(['agent', 'host', 'project', 'day']);
  expect(await words('stats', '--json', '--by', 'd')).toEqual(['day']);
  expect(await words('setup', '--host', 'c')).toEqual(expect.arrayContaining(['claude', 'codex']));
  expect(await words('ask', 'c')).toEqual(['claude', 'codex']);
  expect(await words('sessions', 'ls', '--cwd', '')).toEqual([':files']);
  expect(await words('help', 'e')).toEqual(['environment', 'exit-codes']);
  expect(await words('nonsense', '')).toEqual([]);
  expect(await words()).toEqual(await words(''));
});

test('jobs and sessions that the daemon knows; none without one, and none is started', async () => {
  expect(await words('jobs', 'show', '')).toEqual(['claude-1']);
  expect(await words('jobs', 'wait', 'claude-1', 'cl')).toEqual(['claude-1']);
  const [session] = await words('sessions', 'resume', '');
  expect(session).toMatch(/^[0-9a-f-]{36}$/);
  await person.qantara('daemon', 'stop');
  expect(await words('jobs', 'show', '')).toEqual([]);
  expect((await person.qantara('daemon', 'status')).code).toBe(5);
  await person.qantara('daemon', 'start');
});

const shells = {
  bash: ['--norc', '--noprofile', '-i'],
  zsh: ['-f', '-i'],
  fish: ['--no-config', '-i'],
};
const begin: Record<keyof typeof shells, string> = {
  bash: 'source ./script',
  zsh: 'autoload -U compinit; compinit -u -D; source ./script',
  fish: 'source ./script',
};
const installed = Object.entries(shells).filter(
  ([shell]) => spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0,
) as [keyof typeof shells, string[]][];

test.each(installed)(
  `${proves('T-04')} a Tab in a real %s completes a job, and no text of a job is evaluated`,
  async (shell, args) => {
    writeFileSync(join(person.home, 'script'), (await person.qantara('completion', shell)).stdout);
    const env = { ...person.environment, TERM: 'xterm', PS1: '> ' };
    const terminal = spawn(shell, args, { cwd: person.home, env, cols: 100, rows: 30 });
    onTestFinished(() => killIfAlive(terminal.pid));
    let output = '';
    terminal.onData((text) => {
      output += text;
      // fish asks the terminal what it is and waits for the answer.
      if (text.includes('\u001b[c') || text.includes('\u001b[0c')) terminal.write('\u001b[?62c');
    });
    terminal.write(`${begin[shell]}; echo rea""dy\r`);
    await until(() => /^ready/m.test(output), { timeoutMs: 30_000 });
    terminal.write('qantara jobs show cl\t');
    await until(() => stripVTControlCharacters(output).includes('show claude-1'), { timeoutMs: 30_000 });
    terminal.write('\u0003');
    expect(spawnSync('ls', [person.home], { encoding: 'utf8' }).stdout).not.toContain('bad');
  },
  60_000,
);
