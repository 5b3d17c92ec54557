import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { host, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
  mkdirSync(person.paths.home, { mode: 0o700 });
});
afterEach(() => person.close());

const write = (text: string): void => writeFileSync(person.paths.config, text);

const config = async (...flags: string[]) => {
  const { code, stdout, stderr } = await person.qantara('config', '--json', ...flags);
  if (code !== 0) throw new Error(`${code}: ${stderr}`);
  return JSON.parse(stdout);
};

test(`${proves('C-03')} the policy of each host is shown with where every value comes from, with and without a daemon`, async () => {
  write(
    '[policy]\ntimeout_ms = 1000\n[hosts.mine]\nmax_depth = 1\n[ceiling]\nsandbox = "read-only"\n' +
      '[env.set]\nTOKEN = "canary"\n[limits.agents]\ncodex = 2\n',
  );
  await person.qantara('setup', '--yes', '--host', 'claude', '--expose', 'codex');
  const alone = await config();
  expect(alone).toMatchObject({
    path: person.paths.config,
    running: false,
    notices: [],
    everyHost: { timeout_ms: { value: 1000, from: '[policy], line 2' }, max_depth: { value: 3, from: 'default' } },
    hosts: {
      mine: { registration: null, policy: { max_depth: { value: 1, from: '[hosts.mine], line 4' } } },
      claude: {
        registration: join(person.home, '.claude.json'),
        policy: {
          expose: { value: ['codex'], from: `BRIDGE_EXPOSE in ${join(person.home, '.claude.json')}` },
          sandbox: { value: 'read-only', from: '[ceiling], line 6' },
          timeout_ms: { value: 1000, from: '[policy], line 2' },
          claude_model: { value: null, from: 'default' },
        },
      },
    },
    sections: {
      limits: { max_running: { value: 16, from: 'default' } },
      'limits.agents': { codex: { value: 2, from: '[limits.agents], line 10' } },
      'env.set': { TOKEN: { from: '[env.set], line 8' } },
    },
  });
  await person.qantara('daemon', 'start');
  expect(await config()).toEqual({ ...alone, running: true });
  expect(Object.keys((await config('--host', 'claude')).hosts)).toEqual(['claude']);

  const words = await person.qantara('config');
  expect(words.stdout).toMatch(/TOKEN +\(not shown\)/);
  expect(words.stdout + JSON.stringify(alone)).not.toContain('canary');
  const other = await person.qantara('config', '--host', 'nobody');
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('"nobody" is neither registered nor named')]);
});

test(`${proves('C-01')} config --check says all that is wrong, for an editor`, async () => {
  write('[policy]\nmax_dept = 1\n\nsandbox = "none"\n');
  const { code, stdout } = await person.qantara('config', '--check');
  expect(code).toBe(2);
  expect(stdout.trim().split('\n')).toEqual([
    `${person.paths.config}:2: there is no key "max_dept" in [policy]; did you mean "max_depth"?`,
    `${person.paths.config}:4: sandbox in [policy] is "none", which is not one of read-only, workspace-write, danger-full-access`,
  ]);
  const shown = await person.qantara('config');
  expect([shown.code, shown.stderr]).toEqual([2, expect.stringContaining('line 2: there is no key "max_dept"')]);
  write('\ufeff[policy]\r\nmax_depth = 1\r\n');
  expect(await person.qantara('config', '--check')).toMatchObject({ code: 0, stdout: expect.stringContaining('fine') });
});

test(`${proves('C-04')} a changed file is said once on an answer and by the status; a restart applies it`, async () => {
  write('[policy]\nsandbox = "read-only"\n');
  const own = await host(person);
  const ask = async () => (await own.call('ask_codex', { task: '[[args]]' })).text;
  expect(await ask()).not.toContain('has changed');

  write('# said in other words\npolicy = { sandbox = "read-only" }\n');
  expect(await ask()).not.toContain('has changed');

  write('[policy]\nsandbox = "workspace-write"\n');
  const first = await ask();
  expect(first).toContain('read-only');
  expect(first).toMatch(/\[qantara\] notice: \S*config\.toml has changed .*`qantara daemon restart` applies it/);
  expect(await ask()).not.toContain('has changed');
  expect((await person.qantara('daemon', 'status')).stdout).toContain('config.toml has changed');
  expect((await config()).notices).toEqual([expect.stringContaining('has changed')]);
  expect((await config()).everyHost.sandbox).toEqual({ value: 'read-only', from: '[policy], line 2' });

  write('[policy]\nsandbox = "none"\n');
  expect(await ask()).toMatch(/has changed and cannot be used: line 2: sandbox in \[policy\] is "none"/);

  write('[policy]\nsandbox = "workspace-write"\n');
  await person.qantara('daemon', 'restart');
  const applied = await ask();
  expect(applied).toContain('workspace-write');
  expect(applied).not.toContain('has changed');
  await own.close();
});

test(`${proves('C-05')} debug in config.toml is where shims write, below what the registration says`, async () => {
  const files = {
    all: join(person.home, 'all.log'),
    gemini: join(person.home, 'gemini.log'),
    own: join(person.home, 'own.log'),
  };
  write(`[policy]\ndebug = "${files.all}"\n[hosts.gemini]\ndebug = "${files.gemini}"\n`);
  await person.qantara('daemon', 'start');
  const use = async (name: string, environment = {}) => {
    const one = await host(person, { name, environment });
    await one.call('check_job');
    await one.close();
  };
  await use('claude');
  await until(() => existsSync(files.all));
  expect(existsSync(files.gemini)).toBe(false);
  await use('gemini');
  await use('claude', { BRIDGE_DEBUG: files.own });
  await until(() => existsSync(files.own));
  expect(readFileSync(files.gemini, 'utf8')).toContain('tools/call');
});

test(`${proves('C-06')} [env] decides what reaches a delegate, and what is set there is not shown in any log`, async () => {
  write('[env]\npass = ["GEMINI_CLI*"]\ndrop = ["AWS_*"]\n[env.set]\nTOKEN = "canary-1"\nVISIBLE = "yes"\n');
  const environment = { GEMINI_CLI: '1', CODEX_CI: '1', AWS_REGION: 'here', MINE: 'mine', VISIBLE: 'no' };
  const own = await host(person, { environment });
  const names = ['GEMINI_CLI', 'CODEX_CI', 'AWS_REGION', 'MINE', 'TOKEN', 'VISIBLE'];
  const answers = names.map(
    async (name) => (await own.call('ask_codex', { task: `[[env ${name}]]` })).text.split('\n')[0],
  );
  expect(await Promise.all(answers)).toEqual([
    'GEMINI_CLI=1',
    expect.not.stringContaining('1'),
    expect.not.stringContaining('here'),
    'MINE=mine',
    'TOKEN=canary-1',
    'VISIBLE=yes',
  ]);
  expect(readFileSync(person.paths.log, 'utf8')).not.toContain('canary-1');
  await own.close();
});

test(`${proves('C-07')} setup writes the default file where there is none, shows it before, and takes it away if nobody changed it`, async () => {
  const { config, setup } = person.paths;
  const run = (...flags: string[]) => person.qantara('setup', '--host', 'claude', ...flags);
  const undo = () => person.qantara('setup', '--undo', '--yes');
  expect((await run('--dry-run')).stdout).toContain(`+++ ${config}`);
  expect(existsSync(config)).toBe(false);

  await run('--yes');
  expect(statSync(config).mode & 0o777).toBe(0o600);
  expect(readFileSync(config, 'utf8')).toContain('#max_depth = 3\n');
  expect((await person.qantara('config', '--check')).code).toBe(0);
  expect((await run('--yes')).stdout).toContain('Nothing to change');
  expect((await undo()).stdout).toContain(`removed ${config}`);
  expect([existsSync(config), existsSync(setup)]).toEqual([false, false]);

  await run('--yes');
  write('[policy]\nmax_depth = 1\n');
  expect((await undo()).stdout).toContain(`${config} was changed since setup wrote it, and stays.`);
  await run('--yes');
  expect(readFileSync(config, 'utf8')).toBe('[policy]\nmax_depth = 1\n');
  await undo();
  expect([readFileSync(config, 'utf8'), existsSync(setup)]).toEqual(['[policy]\nmax_depth = 1\n', false]);
});
