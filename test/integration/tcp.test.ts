import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Machine, machine } from '../helpers/bridge.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
  mkdirSync(person.paths.home, { mode: 0o700 });
});
afterEach(() => person.close());

/** A port that was free a moment ago. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Starts the daemon with a port and gives what it answers to raw bytes there. */
async function opened(more = ''): Promise<{ token: string; exchange(bytes: string, until?: RegExp): Promise<string> }> {
  const port = await freePort();
  writeFileSync(person.paths.config, `[http]\nlisten = "127.0.0.1:${port}"\n${more}`);
  const { code, stderr } = await person.qantara('daemon', 'start');
  expect([code, stderr]).toEqual([0, expect.anything()]);
  return {
    token: readFileSync(person.paths.httpToken, 'utf8').trim(),
    exchange: (bytes, until) =>
      new Promise((resolve, reject) => {
        let answer = '';
        const connection = connect(port, '127.0.0.1', () => connection.write(bytes));
        connection.on('data', (chunk) => {
          answer += chunk;
          if (until?.test(answer)) connection.destroy();
        });
        connection.on('close', () => resolve(answer));
        connection.on('error', reject);
      }),
  };
}
const request = (lines: string, target = 'GET /status') =>
  `${target} HTTP/1.1\r\nConnection: close\r\n${lines}\r\n\r\n`;
const upgrade = (lines: string) =>
  `GET /mcp HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: qantara-mcp/1\r\n${lines}\r\n\r\n`;

test(`${proves('P-30')} only who brings the token, and is no browser, gets in`, async () => {
  const { token, exchange } = await opened();
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(statSync(person.paths.httpToken).mode & 0o777).toBe(0o600);
  const right = `Host: localhost\r\nAuthorization: Bearer ${token}`;
  expect(await exchange(request(right))).toMatch(/^HTTP\/1\.1 200 .*"home":/s);
  const wrong: [string, number][] = [
    ['Host: localhost', 401],
    ['Host: localhost\r\nAuthorization: Bearer ', 401],
    [`Host: localhost\r\nAuthorization: Bearer ${token.slice(0, -1)}`, 401],
    [`Host: localhost\r\nAuthorization: Bearer ${token}x`, 401],
    [`Host: localhost\r\nAuthorization: Basic ${token}`, 401],
    [`Host: evil.example\r\nAuthorization: Bearer ${token}`, 403],
    [`Host: 10.0.0.1\r\nAuthorization: Bearer ${token}`, 403],
    [`${right}\r\nOrigin: http://localhost`, 403],
  ];
  for (const [lines, status] of wrong) {
    for (const bytes of [request(lines), request(lines, 'POST /stop'), upgrade(lines)]) {
      expect(await exchange(bytes), lines).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    }
  }
  expect(await person.status()).toBeDefined();
  await person.qantara('daemon', 'restart');
  expect(await exchange(request(right))).toMatch(/^HTTP\/1\.1 200 /);
  expect(readFileSync(person.paths.log, 'utf8')).not.toContain(token);
});

test(`${proves('P-30')} who comes by TCP brings neither policy nor environment`, async () => {
  // The login shell's PATH, where a delegate of a host would have that of the host.
  for (const name of ['.profile', '.bash_profile', '.bashrc']) {
    writeFileSync(join(person.home, name), `PATH=${person.environment.PATH}\n`);
  }
  const { token, exchange } = await opened('[hosts.far]\nsandbox = "read-only"\n');
  const environment = { BRIDGE_SANDBOX: 'danger-full-access', PATH: '/nowhere', FAR: 'away' };
  const hello = { protocol: 1, version: '0', shimId: 'a-far-shim', host: 'far', pid: 1, cwd: person.home, environment };
  const ask = (task: string) => {
    const params = { name: 'ask_codex', arguments: { task } };
    const lines = [
      hello,
      {
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'far', version: '0' } },
      },
      { jsonrpc: '2.0', id: task, method: 'tools/call', params },
    ].map((line) => `${JSON.stringify(line)}\n`);
    const bytes = upgrade(`Host: localhost\r\nAuthorization: Bearer ${token}`) + lines.join('');
    return exchange(bytes, /\[qantara\] job|isError/);
  };
  expect(await ask('[[args]]')).toMatch(/--sandbox=read-only/);
  expect(await ask('[[env FAR]]')).toContain('FAR=(unset)');
});

test(`${proves('P-30')} without a word of the owner there is no port that others reach, and no token that others can read`, async () => {
  const start = async () => (await person.qantara('daemon', 'start')).stderr;
  writeFileSync(person.paths.config, '[http]\nlisten = "0.0.0.0:4180"\n');
  expect(await start()).toMatch(/listen in \[http\] is 0\.0\.0\.0:4180, which other machines reach/);
  writeFileSync(person.paths.config, '[http]\nlisten = "4180"\n');
  expect(await start()).toMatch(/listen.*"4180".*an address and port such as/);
  writeFileSync(person.paths.config, `[http]\nlisten = "127.0.0.1:${await freePort()}"\n`);
  writeFileSync(person.paths.httpToken, 'short\n', { mode: 0o600 });
  expect(await start()).toMatch(/http-token holds no token/);
  chmodSync(person.paths.httpToken, 0o644);
  expect(await start()).toMatch(/others than you may read or write .*http-token/);
  rmSync(person.paths.httpToken);
  symlinkSync('/etc/hostname', person.paths.httpToken);
  expect(await start()).toMatch(/http-token is a symbolic link/);
});
