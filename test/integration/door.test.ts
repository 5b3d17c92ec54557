import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Client } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { host, type Machine, machine } from '../helpers/bridge.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
});
afterEach(() => person.close());

/** What the daemon answers to raw bytes. */
const exchange = (socket: string, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const connection = connect(socket, () => connection.write(bytes));
    connection.on('data', (chunk) => (answer += chunk));
    connection.on('close', () => resolve(answer));
    connection.on('error', reject);
  });
const upgrade = (extra: string, protocol = 'qantara-mcp/1') =>
  `GET /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${extra}\r\n`;

test(`${proves('P-37')} another protocol is refused in one clear sentence`, async () => {
  await person.qantara('daemon', 'start');
  const answer = await exchange(person.paths.socket, upgrade('', 'qantara-mcp/99'));
  expect(answer).toMatch(/^HTTP\/1\.1 426 /);
  expect(answer).toMatch(/This qantara-shim speaks protocol 99, the daemon 1\. Restart this host, or run/);
});

test(`${proves('P-37')} a browser, another path and another protocol name are refused`, async () => {
  await person.qantara('daemon', 'start');
  const { socket } = person.paths;
  expect(await exchange(socket, upgrade('Origin: http://evil.example\r\n'))).toMatch(/^HTTP\/1\.1 403 /);
  expect(await exchange(socket, upgrade('').replace('/mcp', '/other'))).toMatch(/^HTTP\/1\.1 404 /);
  expect(await exchange(socket, upgrade('', 'websocket'))).toMatch(/^HTTP\/1\.1 400 /);
});

test(`${proves('P-29')} what a browser says, and another Host, is refused by the routes and by the upgrade`, async () => {
  await person.qantara('daemon', 'start');
  const { socket } = person.paths;
  const ours = 'Host: localhost\r\n';
  const telling = [
    'Origin: http://evil.example',
    'Origin: null',
    'Referer: http://evil/',
    'Sec-Fetch-Site: cross-site',
  ];
  const hosts = ['Host: evil.example', 'Host: localhost.evil.example', 'Host: 192.168.0.1', 'Host:'];
  for (const lines of [...telling.map((line) => `${ours}${line}\r\n`), ...hosts.map((line) => `${line}\r\n`)]) {
    for (const method of ['GET', 'POST']) {
      const request = `${method} /stop HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`;
      expect(await exchange(socket, request), lines).toMatch(/^HTTP\/1\.1 403 /);
    }
    expect(await exchange(socket, upgrade('').replace(ours, lines)), lines).toMatch(/^HTTP\/1\.1 403 /);
  }
  expect(await person.status()).toBeDefined();
});

test(`${proves('P-34')} a hello that is none is told so before the connection ends`, async () => {
  await person.qantara('daemon', 'start');
  const answer = await exchange(person.paths.socket, `${upgrade('')}{"protocol":1}\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 101 .*"id":null,"error":\{"code":-32600,"message":"The hello is not one: /s);
});

test('its routes answer on the socket, and a bad request says what is wrong', async () => {
  await person.qantara('daemon', 'start');
  const client = new Client('http://localhost', { socketPath: person.paths.socket });
  const get = async (path: string) => {
    const { statusCode, body } = await client.request({ path, method: 'GET' });
    return { statusCode, body: (await body.json()) as Record<string, unknown> };
  };
  const { statusCode } = await client.request({
    path: '/stop',
    method: 'POST',
    headers: { origin: 'http://evil.example' },
  });
  expect(statusCode).toBe(403);
  expect(await get('/status')).toMatchObject({ statusCode: 200, body: { protocol: 1, home: person.paths.home } });
  expect(await get('/jobs?limit=5')).toEqual({ statusCode: 200, body: [] });
  expect(await get('/jobs?limit=none')).toMatchObject({
    statusCode: 400,
    body: { message: expect.stringContaining('limit') },
  });
  expect((await get('/nothing')).statusCode).toBe(404);
  await client.close();
});

const faults: [string, (person: Machine) => void, RegExp][] = [
  [
    'is a link',
    ({ paths, project }) => symlinkSync(project('real'), paths.home),
    /cannot be used: it is a symbolic link\. Set QANTARA_HOME/,
  ],
  [
    'others may write to',
    ({ paths }) => {
      mkdirSync(paths.home);
      chmodSync(paths.home, 0o777);
    },
    /cannot be used: other users may write to it\. Run: chmod 700/,
  ],
  ['is a file', ({ paths }) => writeFileSync(paths.home, ''), /cannot be used|EEXIST|ENOTDIR/],
];
test.each(faults)(
  `${proves('P-26')} a state folder that %s is refused, and hosts are told why`,
  async (_what, break_, words) => {
    break_(person);
    const own = await host(person);
    const answer = await own.call('check_job');
    expect(answer.isError).toBe(true);
    expect(answer.text).toMatch(words);
    await own.close();
  },
);

const configs: [string, string, RegExp][] = [
  ['does not parse', '[policy\n', /config\.toml cannot be used: line 1: .*Correct the file/],
  [
    'has an unknown key',
    '[policy]\ntimeout = 5\n',
    /config\.toml cannot be used: line 2: there is no key "timeout" in \[policy\]/,
  ],
  [
    'sets a ceiling that cannot be one',
    '[ceiling]\nclarify = false\n',
    /config\.toml cannot be used: line 2: .*"clarify" in \[ceiling\]; it belongs into \[policy\] or \[hosts\.<name>\]/,
  ],
  ['has a bad ceiling', '[ceiling]\ntimeout_ms = "x"\n', /timeout_ms in \[ceiling\] is "x", which is not a whole/],
  [
    'has a bad value',
    '[hosts.codex]\ntimeout_ms = "soon"\n',
    /timeout_ms in \[hosts\.codex\] is "soon", which is not a whole/,
  ],
];
test.each(configs)(
  `${proves('B-14')} a config.toml that %s is refused, and hosts are told why`,
  async (_what, text, words) => {
    mkdirSync(person.paths.home, { mode: 0o700 });
    writeFileSync(person.paths.config, text);
    const own = await host(person);
    const answer = await own.call('ask_codex', { task: 'x' });
    expect(answer.isError).toBe(true);
    expect(answer.text).toMatch(words);
    await own.close();
    const { code, stderr } = await person.qantara('daemon', 'start');
    expect(code).toBe(5);
    expect(stderr).toMatch(words);
  },
);

test(`${proves('B-13')} config.toml is below the registration, and its ceiling above it`, async () => {
  mkdirSync(person.paths.home, { mode: 0o700 });
  const text =
    '[policy]\nsandbox = "read-only"\ncodex_model = "m1"\n[hosts.gemini]\ncodex_model = "m2"\n[ceiling]\nsandbox = "workspace-write"\n';
  writeFileSync(person.paths.config, text);
  const args = async (name: string, environment: Record<string, string> = {}) => {
    const own = await host(person, { name, environment });
    const { text } = await own.call('ask_codex', { task: '[[args]]' });
    await own.close();
    return text;
  };
  const plain = await args('claude');
  expect(plain).toContain('read-only');
  expect(plain).toContain('m1');
  expect(await args('gemini')).toContain('m2');
  expect(await args('claude', { BRIDGE_SANDBOX: 'danger-full-access' })).toContain('workspace-write');
});

test(`${proves('B-13')} what config.toml offers to a host is what it lists, once a daemon has read it`, async () => {
  mkdirSync(person.paths.home, { mode: 0o700 });
  writeFileSync(person.paths.config, '[hosts.gemini]\nexpose = ["codex"]\n[ceiling]\nexpose = ["codex", "claude"]\n');
  await person.qantara('daemon', 'start');
  const listed = async (name: string, environment: Record<string, string> = {}) => {
    const own = await host(person, { name, environment });
    const { tools } = await own.client.listTools();
    await own.close();
    return tools.map((tool) => tool.name).filter((tool) => tool.startsWith('ask_'));
  };
  expect(await listed('gemini')).toEqual(['ask_codex']);
  expect(await listed('claude')).toEqual(['ask_claude', 'ask_codex']);
  expect(await listed('gemini', { BRIDGE_EXPOSE: 'claude,gemini' })).toEqual(['ask_claude']);
});

test('the log names no task, answer or environment', async () => {
  const own = await host(person, { environment: { CANARY_TOKEN: 'canary-environment' } });
  await own.call('ask_codex', { task: 'canary-task [[say canary-answer]]' });
  await own.close();
  expect(readFileSync(person.paths.log, 'utf8')).not.toContain('canary');
});
