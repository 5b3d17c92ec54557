import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agents } from '../../shared/agents/index.ts';
import type { HostName, World } from '../helpers/hosts.ts';
import { eventually, processesOf } from '../helpers/processes.ts';
import { call } from '../models/directives.ts';
import { proves } from '../promises.ts';
import { useWorld } from './world.ts';

/** Loopback models are asked directly, whatever the proxy is. */
const proxies = { HTTPS_PROXY: 'http://me:word@127.0.0.1:9', NO_PROXY: '127.0.0.1,localhost' };

/** The environment that the first job's processes were started with, while it runs; it must succeed. */
async function delegated(world: World, host: HostName, agent: string): Promise<Record<string, string>> {
  const running = world.start(host, call(`ask_${agent}`, { task: '[[sleep 5000]] [[say through]]' }));
  const environment = await eventually(
    'the delegate runs',
    () =>
      // Its supervisor comes first; what the CLI starts has more.
      processesOf(world.home)
        .sort((a, b) => a.pid - b.pid)
        .map(({ pid }) => environmentOf(pid))
        .find(({ QANTARA_JOB }) => QANTARA_JOB?.startsWith(`${agent}-1.`)),
    60_000,
  );
  expect((await running.done).answer).toContain('through');
  return environment;
}

function environmentOf(pid: number): Record<string, string> {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    return Object.fromEntries(
      entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
  } catch {
    return {}; // it has ended
  }
}

const marks = agents.flatMap(({ host }) => host.sessionVariables);
const isMark = (name: string): boolean =>
  /^BRIDGE_/.test(name) ||
  marks.some((mark) => (mark.endsWith('*') ? name.startsWith(mark.slice(0, -1)) : name === mark));

test.each([
  ['claude', 'codex'],
  ['codex', 'claude'],
  ['gemini', 'codex'],
] as const)(
  `${proves('C-08')} PATH, virtual environment and proxies of the caller reach a delegate through %s, no mark of a session does`,
  async (host, agent) => {
    const world = await useWorld({ environment: proxies });
    const venv = join(world.home, 'venv');
    mkdirSync(join(venv, 'bin'), { recursive: true });
    const path = `${join(venv, 'bin')}:${world.environment.PATH}`;
    Object.assign(world.environment, { VIRTUAL_ENV: venv, PATH: path });
    // As if a person had opened the host in a terminal of another host's session.
    Object.assign(world.environment, { CLAUDE_PID: '1', CODEX_THREAD_ID: 'thread', GEMINI_CLI_IDE_SERVER_PORT: '1' });
    const environment = await delegated(world, host, agent);
    expect(environment).toMatchObject({ ...proxies, VIRTUAL_ENV: venv, HOME: world.home });
    expect(environment.PATH?.startsWith(`${join(venv, 'bin')}:`), environment.PATH).toBe(true);
    expect(Object.keys(environment).filter(isMark)).toEqual([]);
  },
);

/** The CLIs are only on the PATH that the login shell sets, so a daemon with its host's PATH would find none. */
async function strippedWorld(profile: string): Promise<World> {
  const world = await useWorld();
  const only = join(world.home, 'only-node');
  mkdirSync(only);
  symlinkSync(process.execPath, join(only, 'node'));
  writeFileSync(join(world.home, '.profile'), `export PATH="$HOME/bin:$PATH"\n${profile}`);
  world.environment.PATH = `${only}:/usr/bin:/bin`;
  return world;
}

test(`${proves('C-09')} a daemon that Codex started stripped finds the CLIs, their logins and the login shell’s proxy`, async () => {
  const lines = Object.entries(proxies).map(([name, value]) => `export ${name}='${value}'\n`);
  const world = await strippedWorld(lines.join(''));
  const environment = await delegated(world, 'codex', 'claude');
  expect(environment).toMatchObject(proxies);
  expect(environmentOf(world.daemonPid())).not.toHaveProperty('HTTPS_PROXY');
  expect(environment.PATH?.split(':')).toEqual(expect.arrayContaining([join(world.home, 'bin'), '/usr/bin']));
});

test(`${proves('C-09')} a proxy that only the registration has reaches the daemon and the delegate`, async () => {
  const world = await strippedWorld('');
  world.register(proxies);
  expect(await delegated(world, 'codex', 'claude')).toMatchObject(proxies);
  expect(environmentOf(world.daemonPid())).toMatchObject(proxies);
});
