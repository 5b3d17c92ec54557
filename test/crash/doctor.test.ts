import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { checks } from '../../setup/doctor/checks/index.ts';
import { type Machine, machine } from '../helpers/bridge.ts';
import { canMount, smallDisk } from '../helpers/disk.ts';
import { proves } from '../promises.ts';

const root = join(import.meta.dirname, '../..');

interface Row {
  id: string;
  title: string;
  status: string;
  detail: string;
  remedy: string | null;
  fixable: boolean;
  did?: string;
}

let person: Machine;
beforeEach(() => {
  person = machine();
  symlinkSync(join(root, 'test/fake/systemctl.mjs'), join(person.home, 'bin/systemctl'));
  for (const [path, text] of [
    ['.claude/.credentials.json', '{}'],
    ['.codex/auth.json', '{}'],
    ['.gemini/oauth_creds.json', '{}'],
  ] as const) {
    mkdirSync(join(person.home, path, '..'), { recursive: true });
    writeFileSync(join(person.home, path), text);
  }
});
afterEach(async () => {
  if (existsSync(unit())) await person.qantara('daemon', 'uninstall');
  await person.close();
});

const at = (...names: string[]) => join(person.home, ...names);
const unit = () => at('.config/systemd/user/qantara.service');
const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(path, change(readFileSync(path, 'utf8')));
const run = async (...args: string[]) => {
  const { code, stdout } = await person.qantara(...args);
  expect(`${args.join(' ')}: ${code}`).toBe(`${args.join(' ')}: 0`);
  return stdout;
};

async function doctor(...flags: string[]): Promise<{ code: number | null; rows: Row[] }> {
  const { code, stdout } = await person.qantara('doctor', '--json', ...flags);
  return { code, rows: JSON.parse(stdout) as Row[] };
}

interface Break {
  /** The id that doctor must name. */
  id: string;
  what: string;
  /** Makes it so; what it returns is run instead of the built doctor. */
  make(): unknown;
  status?: 'warning';
  detail: RegExp;
  remedy: RegExp;
  /** Whether --fix mends it. */
  fixed?: true;
}

/** A daemon of another release, as far as its status goes, with a pid that no process has. */
async function oldDaemon(): Promise<void> {
  const server = createServer((request, answer) => {
    answer.setHeader('content-type', 'application/json');
    if (request.url === '/status')
      answer.end(JSON.stringify({ version: '0.0.1', protocol: 1, pid: 2 ** 22 + 1, jobs: {} }));
    else {
      answer.end('{}');
      server.close();
      server.closeAllConnections();
    }
  });
  mkdirSync(person.paths.home, { recursive: true, mode: 0o700 });
  await new Promise<void>((resolve) => server.listen(person.paths.socket, resolve));
  onTestFinished(() => void server.close());
}

const breaks: Break[] = [
  {
    id: 'node',
    what: 'an old Node.js first on the PATH',
    make: () => {
      rmSync(at('bin/node'));
      writeFileSync(at('bin/node'), '#!/bin/sh\necho v20.1.0\n', { mode: 0o755 });
    },
    status: 'warning',
    detail: /the first on the PATH is 20\.1\.0/,
    remedy: /^nvm install --lts$/,
  },
  {
    id: 'installation',
    what: 'a daemon that was cut off',
    make: () => {
      cpSync(join(root, 'dist'), at('dist'), { recursive: true });
      edit(at('dist/qantara-daemon.js'), (text) => text.slice(0, text.length / 2));
      return at('dist/qantara.js');
    },
    detail: /qantara-daemon\.js is damaged: SyntaxError/,
    remedy: /^npm install --global qantara$/,
  },
  {
    id: 'installation',
    what: 'the rest of a daemon that was cut off',
    make: () => {
      cpSync(join(root, 'dist'), at('dist'), { recursive: true });
      edit(at('dist/qantara-daemon-main.js'), (text) => text.slice(0, text.length / 2));
      return at('dist/qantara.js');
    },
    detail: /qantara-daemon-main\.js is damaged: (SyntaxError|it was cut off)/,
    remedy: /^npm install --global qantara$/,
  },
  {
    id: 'state-folder',
    what: 'a state folder that is open to others',
    make: () => chmodSync(person.paths.home, 0o755),
    detail: /other users may look into/,
    remedy: /^chmod 700 /,
    fixed: true,
  },
  {
    id: 'config',
    what: 'a config.toml with an unknown key',
    make: () => writeFileSync(person.paths.config, '[policy]\nsandbox = "none"\n', { mode: 0o600 }),
    detail: /line 2: .*sandbox/,
    remedy: /Correct the file/,
  },
  {
    id: 'store',
    what: 'a damaged store that was set aside',
    make: () => writeFileSync(`${person.paths.database}.damaged-1`, ''),
    status: 'warning',
    detail: /kept as .*damaged-1/,
    remedy: /^rm .*damaged-1/,
  },
  {
    id: 'socket',
    what: 'a socket and a start lock that were left behind',
    make: () => {
      writeFileSync(person.paths.socket, '');
      writeFileSync(person.paths.starting, '4194300');
    },
    status: 'warning',
    detail: /daemon\.sock, .*starting\.lock/,
    remedy: /^rm /,
    fixed: true,
  },
  {
    id: 'daemon',
    what: 'a daemon that could not start',
    make: async () => {
      writeFileSync(person.paths.lock, 'something else entirely, and long enough to be looked at'.repeat(50));
      expect((await person.qantara('daemon', 'start')).code).toBe(5);
    },
    detail: /its last start failed: .*daemon\.lock cannot be locked/,
    remedy: /^qantara daemon start$/,
  },
  {
    id: 'daemon',
    what: 'a daemon of another release',
    make: oldDaemon,
    detail: /a daemon of release 0\.0\.1 still runs/,
    remedy: /^qantara daemon restart$/,
  },
  {
    id: 'service',
    what: 'a service of another installation',
    make: async () => {
      await run('daemon', 'install');
      edit(unit(), (text) => text.replace('/qantara-daemon.js', '/old/qantara-daemon.js'));
    },
    detail: /of another release or installation/,
    remedy: /^qantara daemon install$/,
    fixed: true,
  },
  {
    id: 'agent.codex',
    what: 'an agent that is offered and not installed',
    make: () => rmSync(at('bin/codex')),
    detail: /not installed \(no executable "codex"\), but offered to Claude Code/,
    remedy: /^npm install/,
  },
  {
    id: 'agent.claude',
    what: 'an agent without a login',
    make: () => rmSync(at('.claude/.credentials.json')),
    status: 'warning',
    detail: /no login was found/,
    remedy: /claude/,
  },
  {
    id: 'host.claude',
    what: 'a host that is not registered',
    make: () => run('setup', '--undo', '--yes', '--host', 'claude').then(() => undefined),
    status: 'warning',
    detail: /not registered/,
    remedy: /^qantara setup --host claude$/,
  },
  {
    id: 'host.codex',
    what: 'tools that are not approved',
    make: () => edit(at('.codex/config.toml'), (text) => text.replace(/^default_tools_approval_mode.*\n/m, '')),
    detail: /not approved/,
    remedy: /^qantara setup --host codex$/,
    fixed: true,
  },
  {
    id: 'host.gemini',
    what: 'a registration that leads nowhere',
    make: () =>
      edit(at('.gemini/settings.json'), (text) => text.replace(/"[^"]*qantara-shim\.js"/, '"/gone/qantara-shim.js"')),
    detail: /it starts \/gone\/qantara-shim\.js, which is not there/,
    remedy: /^qantara setup --host gemini$/,
    fixed: true,
  },
  {
    id: 'host.gemini',
    what: 'a time-out that is too low',
    make: () => edit(at('.gemini/settings.json'), (text) => text.replace('"timeout": 3600000', '"timeout": 60000')),
    detail: /its time-outs are lower/,
    remedy: /^qantara setup --host gemini$/,
    fixed: true,
  },
  {
    id: 'host.claude',
    what: 'a policy value that does not parse',
    make: () =>
      edit(at('.claude.json'), (text) =>
        text.replace('"BRIDGE_EXPOSE"', '"BRIDGE_MAX_DEPTH": "many", "BRIDGE_EXPOSE"'),
      ),
    detail: /BRIDGE_MAX_DEPTH is "many", which is not/,
    remedy: /^Correct it there/,
  },
  {
    id: 'proxy',
    what: 'a proxy that is not passed on',
    make: () => {
      person.environment.HTTPS_PROXY = 'http://proxy:1';
    },
    detail: /Gemini CLI does not pass on HTTPS_PROXY/,
    remedy: /^qantara setup --host gemini$/,
    fixed: true,
  },
  {
    id: 'round-trip.claude',
    what: 'a variable that keeps the shim from starting',
    make: () =>
      edit(at('.claude.json'), (text) =>
        text.replace('"BRIDGE_EXPOSE"', '"NODE_OPTIONS": "--require=/gone.js", "BRIDGE_EXPOSE"'),
      ),
    detail: /the shim failed: it ended with exit code 1/,
    remedy: /^qantara daemon logs$/,
  },
];

test(`${proves('P-40')} there is a way to break each check`, () => {
  const broken = new Set([...breaks.map(({ id }) => id.split('.')[0]), 'disk']);
  expect(checks.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
});

test(`${proves('P-40')} where all is well doctor says so, with a round trip through every host, and changes nothing`, async () => {
  await run('setup', '--yes');
  const { code, rows } = await doctor('--fix');
  expect(rows.filter(({ status }) => status === 'fault')).toEqual([]);
  expect(code).toBe(0);
  const trips = rows.filter(({ id }) => id.startsWith('round-trip.'));
  expect(trips.map(({ id }) => id)).toEqual(['round-trip.claude', 'round-trip.codex', 'round-trip.gemini']);
  for (const { detail } of trips) expect(detail).toMatch(/^answered in \d+ ms(, with the start of the daemon)?$/);
  for (const row of rows) expect(Object.keys(row)).toEqual(['id', 'title', 'status', 'detail', 'remedy', 'fixable']);
});

test.each(breaks)(
  `${proves('P-40', 'D-08')} $id: $what`,
  async ({ id, make, status = 'fault', detail, remedy, fixed }) => {
    await run('setup', '--yes');
    const program = (await make()) as string | undefined;
    const { code, rows } = program ? await doctorOf(program) : await doctor();
    const row = rows.find((one) => one.id === id);
    expect(row).toMatchObject({ status, detail: expect.stringMatching(detail), remedy: expect.stringMatching(remedy) });
    expect(code).toBe(rows.some((one) => one.status === 'fault') ? 1 : 0);
    if (!fixed) return;
    expect(row?.fixable).toBe(true);
    // The round trip has started a daemon, which cleans up after a dead one by itself.
    if (id === 'socket') {
      await run('daemon', 'stop');
      await make();
    }
    const after = await doctor('--fix');
    expect(after.rows.find((one) => one.id === id)).toMatchObject({
      status: id === 'service' ? expect.stringMatching(/ok|warning/) : 'ok', // logging out may be warned of
      did: expect.any(String),
    });
  },
);

/** The doctor of another copy of the programs. */
function doctorOf(program: string): Promise<{ code: number | null; rows: Row[] }> {
  return new Promise((resolve) => {
    const child: ChildProcess = spawn(process.execPath, [program, 'doctor', '--json'], { env: person.environment });
    let stdout = '';
    child.stdout?.on('data', (chunk) => (stdout += chunk));
    child.on('close', (code) => resolve({ code, rows: JSON.parse(stdout) as Row[] }));
  });
}

test(`${proves('P-40')} disk: one that is full is named`, async () => {
  if (!canMount) return void console.log('No disk can be mounted here: a full one was not tried.');
  await run('setup', '--yes');
  rmSync(person.paths.home, { recursive: true });
  const disk = smallDisk(person.paths.home, 4 * 1024 * 1024);
  try {
    disk.fill();
    const { code, rows } = await doctor();
    expect(rows.find(({ id }) => id === 'disk')).toMatchObject({
      status: 'fault',
      detail: expect.stringMatching(/is full$/),
    });
    expect(code).toBe(1);
  } finally {
    disk.unmount();
  }
});

test(`${proves('D-08')} a server named qantara that is not ours is named and left alone by --fix`, async () => {
  const foreign = '{ "mcpServers": { "qantara": { "command": "/usr/bin/true" } } }\n';
  writeFileSync(at('.claude.json'), foreign);
  const { code, rows } = await doctor('--fix');
  expect(rows.find(({ id }) => id === 'host.claude')).toMatchObject({
    status: 'fault',
    detail: expect.stringMatching(/a server "qantara" that is not this one/),
    fixable: false,
  });
  expect(code).toBe(1);
  expect(readFileSync(at('.claude.json'), 'utf8')).toBe(foreign);
  const text = await person.qantara('doctor');
  expect(text.stdout).toMatch(/FAULT {4}Claude Code \[host\.claude\]\n/);
  expect(text.stdout).not.toContain('\u001b');
});
