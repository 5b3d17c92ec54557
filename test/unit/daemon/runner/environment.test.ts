import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { delegateEnvironment, loginEnvironment } from '../../../../daemon/runner/environment.ts';
import { processes } from '../../../../daemon/runner/process.ts';
import type { Agent } from '../../../../shared/agents/agent.ts';
import { agentNamed } from '../../../../shared/agents/index.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { until } from '../../../helpers/wait.ts';
import { proves } from '../../../promises.ts';

const codex = agentNamed('codex') as Agent;
const noRules = { pass: [], drop: [], set: {} };

let home: ReturnType<typeof tempHome>;
const before = { ...process.env };
beforeEach(() => {
  home = tempHome();
  process.env.HOME = home.path;
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  home.remove();
});

/** Makes `script` the login shell. It gets the flags and `-c <command>` as a shell does; `"$4"` is the command. */
function shell(script: string): void {
  const path = join(home.path, 'shell');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  process.env.SHELL = path;
}
const answer = 'for command; do :; done; eval "$command"';

test('the environment is what the login shell makes of it, whatever its profile prints', async () => {
  process.env.QANTARA_TEST_LEAK = '1';
  shell(`echo noise; echo A=noise >&2; export A='x=1
y=2' EMPTY='' PATH="/opt/mine:/usr/bin:/bin"; ${answer}`);
  const found = await loginEnvironment();
  expect(found).toMatchObject({ A: 'x=1\ny=2', EMPTY: '', PATH: '/opt/mine:/usr/bin:/bin', HOME: home.path });
  expect(found).not.toHaveProperty('QANTARA_TEST_LEAK');
});

test('bash reads its profile', async () => {
  writeFileSync(join(home.path, '.bash_profile'), 'echo hello; export FROM_PROFILE="$HOME/x"; . ~/.bashrc');
  writeFileSync(join(home.path, '.bashrc'), '[ -z "$PS1" ] && return; export FROM_RC=interactive');
  process.env.SHELL = '/bin/bash';
  expect(await loginEnvironment()).toMatchObject({ FROM_PROFILE: `${home.path}/x`, FROM_RC: 'interactive' });
});

test('a profile that leaves a process behind, holding every descriptor, holds nothing up', async () => {
  shell(`sleep 20 & echo $! > "${home.path}/pid"; export A=1; ${answer}`);
  const start = performance.now();
  expect(await loginEnvironment()).toMatchObject({ A: '1' });
  expect(performance.now() - start).toBeLessThan(2_000);
});

test('a shell that hangs when interactive is asked again as a plain one, and nothing of it stays', async () => {
  shell(`case "$*" in *-i*) exec sleep 4321;; esac; export A=plain; ${answer}`);
  const start = performance.now();
  expect(await loginEnvironment()).toMatchObject({ A: 'plain' });
  expect(performance.now() - start).toBeLessThan(5_000);
  await until(() => processes().every((row) => row.parent !== process.pid || row.group !== row.pid));
}, 10_000);

test.each(['exit 0', 'exit 1', 'kill -9 $$', 'printf "A=1" >&3'])(
  'a shell that does "%s" leaves the basics',
  async (script) => {
    shell(script);
    process.env.LANG = 'C.UTF-8';
    const found = await loginEnvironment();
    expect(found).toMatchObject({ HOME: home.path, PATH: process.env.PATH, LANG: 'C.UTF-8' });
    expect(found).not.toHaveProperty('A');
  },
);

test('no shell at all leaves the basics', async () => {
  process.env.SHELL = '/no/such/shell';
  expect(await loginEnvironment()).toMatchObject({ HOME: home.path });
});

test(`${proves('P-14')} a delegate gets the caller's variables over the login shell's, without any host's session`, () => {
  const login = { PATH: '/usr/bin:/bin:/opt/login', HTTPS_PROXY: 'http://proxy', EDITOR: 'vi', CLAUDECODE: '1' };
  const caller = {
    PATH: '/home/me/.codex/tmp/arg0-linux/codex-arg0AbC123:/opt/codex/vendor/codex-path:/venv/bin::/usr/bin',
    EDITOR: 'code',
    VIRTUAL_ENV: '/venv',
    OPENAI_API_KEY: 'k',
    npm_config_registry: 'https://registry.example',
    ...{ CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 's', CLAUDE_PROJECT_DIR: '/p', GEMINI_CLI: '1' },
    ...{ BRIDGE_MAX_DEPTH: '9', BRIDGE_EXPOSE: 'all', QANTARA_JOB: 'codex-1.x', QANTARA_HOME: '/elsewhere' },
    ...{ PWD: '/wrong', OLDPWD: '/wrong', SHLVL: '3', _: '/usr/bin/x' },
    ...{ npm_lifecycle_event: 'start', npm_package_name: 'x', INIT_CWD: '/x', NODE_CHANNEL_FD: '3' },
  };
  expect(delegateEnvironment({ login, caller }, codex, noRules)).toEqual({
    PATH: '/venv/bin:/usr/bin:/bin:/opt/login',
    HTTPS_PROXY: 'http://proxy',
    EDITOR: 'code',
    VIRTUAL_ENV: '/venv',
    OPENAI_API_KEY: 'k',
    npm_config_registry: 'https://registry.example',
  });
});

test('what the owner says is passed on, dropped and set, but never our own nor the agent’s own session', () => {
  const caller = { CLAUDECODE: '1', CODEX_CI: '1', AWS_KEY: 'k', EDITOR: 'vi', BRIDGE_DEBUG: '/x', QANTARA_JOB: 'x.y' };
  const rules = { pass: ['*'], drop: ['AWS_*'], set: { EDITOR: 'ed', NEW: '' } };
  const found = delegateEnvironment({ login: {}, caller }, codex, rules);
  expect(found).toEqual({ PATH: '', CLAUDECODE: '1', EDITOR: 'ed', NEW: '' });
});

test('a caller without a PATH gets the login shell’s', () => {
  expect(delegateEnvironment({ login: { PATH: '/a:/b' }, caller: {} }, codex, noRules)).toEqual({ PATH: '/a:/b' });
});
