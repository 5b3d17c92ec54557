import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { HostName, World } from '../helpers/hosts.ts';
import { eventually, processesOf } from '../helpers/processes.ts';
import { call } from '../models/directives.ts';
import { proves } from '../promises.ts';
import { useWorld } from './world.ts';

const run = promisify(execFile);

/** A world in which nothing is registered yet. */
const freshWorld = (claude: 'claude' | 'claude-old' = 'claude'): Promise<World> =>
  useWorld({ claude, registered: false });

async function setUp(world: World, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await world.qantara('setup', '--yes', ...args);
  expect(code, stdout + stderr).toBe(0);
}

/** What a CLI says about its MCP servers; those of Claude Code and Gemini CLI start them for it. */
async function listed(world: World, binary: string, ...args: string[]): Promise<string> {
  const environment = { ...world.environment, GEMINI_CLI_TRUST_WORKSPACE: 'true' };
  const { stdout, stderr } = await run(
    join(world.home, 'bin', binary),
    ['mcp', ...(args.length > 0 ? args : ['list'])],
    {
      cwd: world.workspace,
      env: environment,
      timeout: 60_000,
    },
  );
  return stdout + stderr;
}

const paths: { host: HostName; agent: string }[] = [
  { host: 'claude', agent: 'codex' },
  { host: 'claude-old', agent: 'gemini' },
  { host: 'codex', agent: 'claude' },
  { host: 'gemini', agent: 'claude' },
];

test.each(paths)(
  `$host asks $agent, without a question, with nothing but what setup wrote ${proves('S-08')}`,
  async ({ host, agent }) => {
    const world = await freshWorld(host === 'claude-old' ? host : 'claude');
    const before = await world.ask(host, call(`ask_${agent}`, { task: '[[say unheard]]' }));
    expect(before.answer).not.toContain('[qantara]');

    await setUp(world);
    const ran = await world.ask(host, call(`ask_${agent}`, { task: '[[say it is set up]]' }));
    expect(ran.answer).toContain('it is set up');
    expect(ran.answer).toContain(`[qantara] job ${agent}-1 · succeeded`);
    expect(await world.jobs()).toMatchObject([{ id: `${agent}-1`, host: host.split('-')[0] }]);
  },
);

test(`the hosts list what setup wrote, and nothing after undo, though they rewrote their files ${proves('S-08', 'S-02')}`, async () => {
  const world = await freshWorld();
  const names = ['.claude.json', '.claude/settings.json', '.codex/config.toml', '.gemini/settings.json'];
  const texts = () => names.map((name) => readFileSync(join(world.home, name), 'utf8'));
  await setUp(world);
  expect(await listed(world, 'claude')).toMatch(/qantara: .*qantara-shim\.js --host claude - \S+ Connected/);
  expect(await listed(world, 'codex')).toMatch(/qantara .*qantara-shim\.js --host codex .* enabled/);
  expect(await listed(world, 'gemini')).toMatch(/qantara: .*qantara-shim\.js --host gemini \(stdio\) - Connected/);

  const known = await listed(world, 'codex', 'get', 'qantara');
  for (const words of [
    'tool_timeout_sec: 3600',
    'default_tools_approval_mode: approve',
    'QANTARA_JOB=',
    'https_proxy=',
  ]) {
    expect(known).toContain(words);
  }

  // Claude Code has written into its file by now.
  expect(texts()[0]).toContain('userID');
  const rewritten = texts();
  await setUp(world);
  expect(texts()).toEqual(rewritten);

  const { code, stdout } = await world.qantara('setup', '--undo', '--yes');
  expect(code, stdout).toBe(0);
  expect(texts().join()).not.toContain('qantara');
  expect(texts()[0]).toContain('userID');
  for (const binary of ['claude', 'codex', 'gemini']) expect(await listed(world, binary)).not.toContain('qantara');
});

test(`an update of Claude Code changes nothing: the old one's registration serves the new one ${proves('S-08')}`, async () => {
  const old = await freshWorld('claude-old');
  await setUp(old, '--host', 'claude');
  const fresh = await freshWorld('claude');
  for (const name of ['.claude.json', '.claude/settings.json']) {
    writeFileSync(join(fresh.home, name), readFileSync(join(old.home, name), 'utf8').replaceAll(old.home, fresh.home));
  }
  configureModels(fresh);
  expect(await listed(fresh, 'claude')).toMatch(/qantara: .* Connected/);
});

/** The models of another world have another port. */
function configureModels(world: World): void {
  const path = join(world.home, '.claude', 'settings.json');
  const settings = JSON.parse(readFileSync(path, 'utf8'));
  settings.env.ANTHROPIC_BASE_URL = world.models.url;
  writeFileSync(path, JSON.stringify(settings));
}

test(`Codex has the tools in its first turn although the shim takes three seconds to start ${proves('S-08')}`, async () => {
  const world = await freshWorld();
  await setUp(world);
  const path = join(world.home, '.codex', 'config.toml');
  const shim = /^args = \["(.*?)"/m.exec(readFileSync(path, 'utf8'))?.[1];
  const slow = join(world.home, 'slow.cjs');
  writeFileSync(slow, `setTimeout(() => require(${JSON.stringify(shim)}), 3000);\n`);
  writeFileSync(path, readFileSync(path, 'utf8').replace(String(shim), slow));
  const ran = await world.ask('codex', call('check_job', {}));
  expect(ran.answer).toContain('no jobs yet');
});

test.each(['codex', 'gemini'] as const)(
  `proxies reach the shim through %s, with their password ${proves('S-09')}`,
  async (host) => {
    const world = await freshWorld();
    const proxies = {
      HTTPS_PROXY: 'http://me:word@127.0.0.1:9',
      no_proxy: 'localhost,127.0.0.1',
      NO_PROXY: 'localhost,127.0.0.1',
    };
    Object.assign(world.environment, proxies);
    await setUp(world);
    const texts = ['.codex/config.toml', '.gemini/settings.json'].map((name) =>
      readFileSync(join(world.home, name), 'utf8'),
    );
    expect(texts.join()).not.toContain('word@');
    const running = world.start(host, call('ask_claude', { task: '[[sleep 4000]] [[say through]]' }));
    const environment = await eventually('the shim runs', () => {
      const shim = processesOf(world.home).find(({ command }) => command.includes(`qantara-shim.js --host ${host}`));
      return shim && readFileSync(`/proc/${shim.pid}/environ`, 'utf8').split('\0');
    });
    expect(environment).toContain('BRIDGE_HOST_TIMEOUT_MS=3600000');
    for (const [name, value] of Object.entries(proxies)) expect(environment).toContain(`${name}=${value}`);
    expect((await running.done).answer).toContain('through');
  },
);

test('setup reads the login of each CLI from its files', async () => {
  const world = await useWorld({ loggedIn: ['codex'], registered: false });
  const { stdout } = await world.qantara('setup', '--dry-run', '--json');
  const { found } = JSON.parse(stdout);
  expect(found.map(({ name, version, login }: Record<string, string>) => [name, version, login])).toEqual([
    ['claude', '2.1.330', 'none found'],
    ['codex', '0.169.0', 'yes'],
    ['gemini', '0.61.0', 'none found'],
  ]);
  expect(existsSync(join(world.home, '.qantara'))).toBe(false);
});
