import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { host, type Machine, machine } from '../helpers/bridge.ts';
import { processesOf } from '../helpers/processes.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
});
afterEach(() => person.close());

const root = join(import.meta.dirname, '../..');

/** Everything below a folder, itself included. */
const below = (folder: string): string[] => [
  folder,
  ...(readdirSync(folder, { recursive: true }) as string[]).map((name) => join(folder, name)),
];

test(`${proves('P-25')} folders are 0700 and all else is 0600, also under umask 000`, async () => {
  execFileSync(
    '/bin/sh',
    ['-c', 'umask 000; exec "$0" "$@"', process.execPath, join(root, 'dist/qantara.js'), 'daemon', 'start'],
    {
      env: person.environment,
      cwd: person.home,
    },
  );
  const own = await host(person);
  await own.call('ask_codex', { task: 'x' });
  await own.call('ask_claude', { task: '[[fail no]]' });
  await own.call('ask_gemini', { task: '[[sleep 30000]]', background: true });
  const wrong = below(person.paths.home).filter((path) => {
    const found = lstatSync(path);
    return (found.mode & 0o777) !== (found.isDirectory() ? 0o700 : 0o600);
  });
  expect(wrong).toEqual([]);
  await own.close();
});

test(`${proves('P-28')} another user can neither connect nor look`, async () => {
  if (process.getuid?.() !== 0) {
    console.log('not run: only root can start a process of another user');
    return;
  }
  // Nothing but the state folder's own mode is in the way.
  chmodSync(person.home, 0o755);
  await person.qantara('daemon', 'start');
  const attempt = (code: string) => {
    // The other user may not read the test's own Node.
    const { status, stderr } = spawnSync('/usr/bin/python3', ['-c', code], {
      uid: 65534,
      gid: 65534,
      encoding: 'utf8',
    });
    return [status, stderr.split('\n').at(-2)];
  };
  const refused = [1, expect.stringMatching(/^PermissionError: \[Errno 13\]/)];
  const { socket, home, database } = person.paths;
  expect(attempt('import os; os.listdir("/")')).toEqual([0, undefined]);
  expect(attempt(`import socket; socket.socket(socket.AF_UNIX).connect(${JSON.stringify(socket)})`)).toEqual(refused);
  expect(attempt(`import os; os.listdir(${JSON.stringify(home)})`)).toEqual(refused);
  expect(attempt(`open(${JSON.stringify(database)})`)).toEqual(refused);
});

test(`${proves('P-29')} the daemon listens on no TCP port`, async () => {
  await person.qantara('daemon', 'start');
  const pid = (await person.status())?.pid;
  const sockets = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const inode = /socket:\[(\d+)\]/.exec(
      execFileSync('readlink', [`/proc/${pid}/fd/${fd}`], { encoding: 'utf8' }),
    )?.[1];
    return inode ?? [];
  });
  expect(sockets.length).toBeGreaterThan(0);
  const tcp = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[9]),
  );
  expect(sockets.filter((inode) => tcp.includes(inode))).toEqual([]);
});

test(`${proves('P-31')} canaries are found nowhere but where they belong`, async () => {
  mkdirSync(person.paths.home, { mode: 0o700 });
  writeFileSync(person.paths.config, '[env.set]\nSECRET_OF_CONFIG = "canary-config"\n', { mode: 0o600 });
  const debug = join(person.paths.home, 'debug.txt');
  const environment = { API_TOKEN: 'canary-environment', BRIDGE_DEBUG: debug };
  const own = await host(person, { environment });
  const processes = new Set<string>();
  const watch = setInterval(() => {
    for (const { command } of processesOf(person.home)) processes.add(command);
  }, 50);
  await own.call('ask_codex', { task: 'canary-task [[say canary-answer]] [[sleep 300]]' });
  await own.call('ask_claude', { task: 'canary-task [[fail canary-failure]] [[sleep 300]]' });
  await own.call('ask_gemini', { task: 'canary-task [[bytes 63616e6172792d7374646f75740a]] [[exit 3]]' });
  const refusals = [
    await own.call('ask_codex', { task: 'canary-task', model: '-', nonsense: 'canary-task' }),
    await own.call('ask_codex', { task: 'canary-task', cwd: '/nowhere' }),
    await own.call('wait_job', { job_id: 'codex-99' }),
  ];
  const running = own.call('ask_codex', { task: 'canary-task [[sleep 2000]] canary-late' });
  await expect.poll(async () => (await person.jobs())[0]?.state, { timeout: 10_000 }).toBe('running');

  const found: Record<string, string[]> = {};
  const look = () => {
    for (const path of below(person.paths.home).filter((one) => lstatSync(one).isFile())) {
      for (const [canary] of readFileSync(path, 'latin1').matchAll(/canary-[a-z]+/g)) {
        const known = found[canary] ?? [];
        found[canary] = known;
        const place = path.slice(person.paths.home.length + 1).replace(/-\d+\//, '-N/');
        if (!known.includes(place)) known.push(place);
      }
    }
  };
  look();
  await running;
  await person.qantara('daemon', 'stop');
  look();
  clearInterval(watch);

  const own0600 = /^(jobs\/[a-z]+-N\/(in|out|err|answer|job\.json)|qantara\.db(-wal|-shm)?)$/;
  for (const canary of ['canary-task', 'canary-answer', 'canary-failure', 'canary-stdout', 'canary-late']) {
    expect(found[canary]?.length, canary).toBeGreaterThan(0);
    expect(
      found[canary]?.filter((place) => !own0600.test(place)),
      canary,
    ).toEqual([]);
  }
  expect(found['canary-environment']).toBeUndefined();
  expect(found['canary-config']).toEqual(['config.toml']);
  expect([...processes].filter((command) => command.includes('canary'))).toEqual([]);
  expect(processes.size).toBeGreaterThan(2);
  // What the caller itself said is not told back either, where it is no part of the problem.
  expect(refusals.map(({ text }) => text).filter((text) => text.includes('canary'))).toEqual([]);
  expect(readFileSync(debug, 'utf8')).toMatch(/tools\/call/);
  await own.close();
});
