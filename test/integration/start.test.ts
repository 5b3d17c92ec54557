import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, host, type Machine, machine } from '../helpers/bridge.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
});
afterEach(() => person.close());

const daemonPid = () => Number(readFileSync(person.paths.pid, 'utf8'));

test(`${proves('P-36')} nothing that a dead daemon and dead shims left blocks a start`, async () => {
  const { home, logs, socket, lock, starting, pid, startError } = person.paths;
  mkdirSync(home, { mode: 0o700 });
  mkdirSync(logs, { mode: 0o700 });
  writeFileSync(socket, 'not even a socket');
  writeFileSync(lock, '');
  writeFileSync(starting, '4194300');
  // Of a process that lives and is no daemon.
  writeFileSync(pid, `${process.pid}\n`);
  writeFileSync(startError, 'an old reason\n');
  const own = await host(person);
  expect((await own.call('ask_codex', { task: '[[say started]]' })).text).toMatch(/^started\n/);
  expect(daemonPid()).not.toBe(process.pid);
  await own.close();
});

test(`${proves('P-36')} a second daemon leaves a live one alone, whatever became of its files`, async () => {
  const own = await host(person);
  await own.call('check_job');
  const first = daemonPid();
  writeFileSync(person.paths.pid, '1\n');
  writeFileSync(person.paths.starting, '4194300');
  // A daemon started by hand while one runs, as a service manager would.
  const { code } = await person.qantara('daemon', 'start', '--foreground');
  expect(code).toBe(0);
  expect(isAlive(first)).toBe(true);
  expect((await person.status())?.pid).toBe(first);
  expect((await own.call('ask_codex', { task: '[[say same]]' })).text).toMatch(/^same\n/);
  await own.close();
});

test(`${proves('P-35', 'B-19')} every one of many hosts is told why no daemon can start, and served once it can`, async () => {
  mkdirSync(person.paths.home, { mode: 0o700 });
  writeFileSync(person.paths.config, '[limits]\nmax_running = 0\n');
  const hosts: Host[] = await Promise.all(Array.from({ length: 6 }, () => host(person)));
  for (const answer of await Promise.all(hosts.map((own) => own.call('ask_codex', { task: 'x' })))) {
    expect(answer.isError).toBe(true);
    expect(answer.text).toMatch(
      /config\.toml cannot be used: line 2: max_running in \[limits\] is 0, .*Correct the file/,
    );
  }
  writeFileSync(person.paths.config, '');
  const answers = await Promise.all(hosts.map((own) => own.call('ask_codex', { task: '[[say ok]]' })));
  expect(answers.map(({ text }) => text.split('\n')[0])).toEqual(hosts.map(() => 'ok'));
  await Promise.all(hosts.map((own) => own.close()));
});

test(`${proves('P-26', 'B-19')} a state folder that cannot be locked is named with what to do`, async () => {
  mkdirSync(person.paths.home, { mode: 0o700 });
  writeFileSync(person.paths.lock, 'something else entirely, and long enough to be looked at'.repeat(50));
  const own = await host(person);
  const answer = await own.call('check_job');
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(
    /cannot be used: \S+daemon\.lock cannot be locked: .* remove that file if it is not yours\./,
  );
  await own.close();
});

test.runIf(process.getuid?.() === 0)(
  `${proves('P-26')} a state folder of another user is refused, and the host is told whose it is`,
  async () => {
    mkdirSync(person.paths.home, { mode: 0o700 });
    chownSync(person.paths.home, 65_534, 65_534);
    const own = await host(person);
    const answer = await own.call('check_job');
    expect(answer.isError).toBe(true);
    expect(answer.text).toMatch(
      /cannot be used: it belongs to user 65534, not 0\. Set QANTARA_HOME to a folder of yours\./,
    );
    await own.close();
  },
);

test(`${proves('P-37')} a daemon of another release is quoted in one sentence, and the next one is served`, async () => {
  mkdirSync(person.paths.home, { mode: 0o700 });
  const words =
    'This qantara-shim speaks protocol 1, the daemon 2. Restart this host, or run `qantara daemon restart`.';
  const heads: string[] = [];
  const newer = createServer((socket) => {
    socket.on('error', () => {}); // the shim hangs up when it has read
    socket.once('data', (head) => {
      heads.push(String(head));
      socket.end(`HTTP/1.1 426 Upgrade Required\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${words}`);
    });
  });
  await new Promise<void>((resolve) => newer.listen(person.paths.socket, resolve));
  const own = await host(person);
  const answer = await own.call('check_job');
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain(words);
  expect(answer.text).not.toContain('\n');
  expect(heads).toEqual([expect.stringMatching(/^GET \/mcp HTTP\/1\.1\r\n(.*\r\n)*Upgrade: qantara-mcp\/1\r\n/)]);
  await new Promise((resolve) => newer.close(resolve));
  expect((await own.call('check_job')).text).toBe('You have no jobs yet.');
  await until(async () => (await person.status())?.protocol === 1);
  await own.close();
});
