import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { applyHost } from '../../../setup/apply.ts';
import { claude } from '../../../setup/hosts/claude.ts';
import { codex } from '../../../setup/hosts/codex.ts';
import { gemini } from '../../../setup/hosts/gemini.ts';
import { opencode } from '../../../setup/hosts/opencode.ts';
import { recordFor } from '../../../setup/ledger.ts';
import { changes } from '../../../setup/plan.ts';
import { hashOf } from '../../../setup/snapshot.ts';
import { pathOf, put, setupPlace, stateOf } from '../../helpers/setup-place.ts';
import { proves } from '../../promises.ts';

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const toml = (path: string) =>
  parseToml(readFileSync(path, 'utf8')) as { mcp_servers: { qantara: Record<string, unknown> } };

describe('a host that cannot be set up is left as it was', () => {
  const cases: { what: string; prepare: (path: string) => void; reason: RegExp }[] = [
    {
      what: 'does not parse',
      prepare: (path) => put(path, '{ "a": 1\n  "b": 2 }'),
      reason: /does not parse \(line 2: CommaExpected\)\. Correct it/,
    },
    {
      what: 'has a comment where its host takes none',
      prepare: (path) => put(path, '{ // x\n}'),
      reason: /does not parse \(line 1: InvalidCommentToken\)/,
    },
    { what: 'is no object', prepare: (path) => put(path, '[]'), reason: /its top level is no object/ },
    {
      what: 'is not UTF-8',
      prepare: (path) => writeFileSync(path, Buffer.from([0x7b, 0xff, 0x7d])),
      reason: /is not UTF-8/,
    },
    { what: 'is read-only', prepare: (path) => put(path, '{}', 0o444), reason: /may not be written to/ },
    { what: 'is a folder', prepare: (path) => mkdirSync(path, { recursive: true }), reason: /is no file/ },
    {
      what: 'is a link to nowhere',
      prepare: (path) => symlinkSync('/nowhere/at/all', path),
      reason: /leads nowhere/,
    },
    {
      what: 'has a key twice where ours goes',
      prepare: (path) => put(path, '{"mcpServers": {"a": {}}, "mcpServers": {"b": {}}}'),
      reason: /cannot edit without touching the rest/,
    },
    {
      what: 'has something else where servers belong',
      prepare: (path) => put(path, '{"mcpServers": [1]}'),
      reason: /below a value that is no object/,
    },
  ];
  test.each(cases)(`because its file $what ${proves('S-05')}`, ({ prepare, reason }) => {
    const bench = setupPlace();
    const path = pathOf(bench, claude);
    prepare(path);
    const entries = readdirSync(bench.home);
    expect(bench.setup(claude)).toMatch(reason);
    expect(bench.setup(claude)).toContain(path);
    expect(readdirSync(bench.home)).toEqual(entries);
  });

  test(`because its second file is at fault, the first one is not written either ${proves('S-05')}`, () => {
    const bench = setupPlace();
    put(pathOf(bench, claude), '{}');
    put(pathOf(bench, claude, 1), '{');
    expect(bench.setup(claude)).toContain(pathOf(bench, claude, 1));
    expect(stateOf(pathOf(bench, claude))).toBe('file 600 {}');
  });

  test.each([0, 1])(`because file %i was changed after the plan was made ${proves('S-05')}`, (at) => {
    const bench = setupPlace();
    const paths = [pathOf(bench, claude), pathOf(bench, claude, 1)];
    for (const path of paths) put(path, '{}');
    const plan = bench.plan(claude);
    if ('reason' in plan) throw new Error(plan.reason);
    writeFileSync(paths[at] ?? '', '{"theme": 1}');
    expect(applyHost(plan, bench.paths)).toContain(`${paths[at]} is left as it is: it was changed while setup ran.`);
    expect(paths.map(stateOf)).toEqual(paths.map((_, one) => `file 600 ${one === at ? '{"theme": 1}' : '{}'}`));
    expect(existsSync(bench.paths.setup)).toBe(false);
    expect(paths.map((path) => existsSync(`${path}.qantara.bak`))).toEqual([false, false]);
    // And it can be set up now.
    expect(bench.setup(claude)).toBeUndefined();
    expect(json(paths[0] ?? '').mcpServers.qantara.type).toBe('stdio');
  });

  test(`because a file came into being after the plan was made ${proves('S-05')}`, () => {
    const bench = setupPlace();
    const plan = bench.plan(gemini);
    if ('reason' in plan) throw new Error(plan.reason);
    put(pathOf(bench, gemini), '{"mine": 1}');
    expect(applyHost(plan, bench.paths)).toContain('changed while setup ran');
    expect(stateOf(pathOf(bench, gemini))).toBe('file 600 {"mine": 1}');
  });

  test('because opencode has the form of its second version', () => {
    const bench = setupPlace();
    put(pathOf(bench, opencode), '{"mcp": {"servers": {}}}');
    expect(bench.setup(opencode)).toContain('opencode 2');
  });
});

describe('a server of our name that is not ours', () => {
  const foreign =
    '{\n  "mcpServers": {\n    "qantara": { "command": "npx", "args": ["elsewhere"], "env": { "KEY": "hidden" } }\n  }\n}\n';

  test(`is shown and left alone, without its environment ${proves('S-04')}`, () => {
    const bench = setupPlace();
    put(pathOf(bench, claude), foreign);
    const reason = bench.setup(claude);
    expect(reason).toContain('it has a server "qantara" that is not this one: {"command":"npx","args":["elsewhere"]}');
    expect(reason).toContain('--replace');
    expect(stateOf(pathOf(bench, claude))).toBe(`file 600 ${foreign}`);
  });

  test(`gives way when the person says so, and comes back with undo ${proves('S-04', 'S-02')}`, () => {
    const bench = setupPlace();
    put(pathOf(bench, claude), foreign);
    expect(bench.setup(claude, { replace: true })).toBeUndefined();
    const written = json(pathOf(bench, claude));
    expect(written.mcpServers.qantara.command).toBe('/opt/node/bin/node');
    expect(written.mcpServers.qantara.env.KEY).toBeUndefined();
    // Also after the file was rewritten.
    writeFileSync(pathOf(bench, claude), JSON.stringify(written));
    bench.undo(claude);
    expect(json(pathOf(bench, claude))).toEqual(JSON.parse(foreign));
  });
});

test(`the backup is that of the first run ${proves('S-07')}`, () => {
  const bench = setupPlace();
  const path = pathOf(bench, claude);
  put(path, '{"first": 1}', 0o640);
  bench.setup(claude);
  expect(stateOf(`${path}.qantara.bak`)).toBe('file 640 {"first": 1}');
  writeFileSync(path, '{"second": 2}');
  bench.setup(claude);
  expect(stateOf(`${path}.qantara.bak`)).toBe('file 640 {"first": 1}');
  bench.undo(claude);
  // It is not what the file is now, so it stays.
  expect(stateOf(path)).toBe('file 640 {"second": 2}');
  expect(stateOf(`${path}.qantara.bak`)).toBe('file 640 {"first": 1}');
});

describe('a registration by hand', () => {
  const byHand =
    '{\n  "mcpServers": {\n    "qantara": {\n      "command": "qantara-shim",\n      "env": { "BRIDGE_SANDBOX": "read-only", "BRIDGE_EXPOSE": "codex" },\n      "alwaysLoad": true\n    }\n  }\n}\n';

  test(`is completed, and what the person chose in it stays ${proves('S-03', 'S-10')}`, () => {
    const bench = setupPlace();
    put(pathOf(bench, claude), byHand);
    expect(bench.setup(claude)).toBeUndefined();
    const { qantara } = json(pathOf(bench, claude)).mcpServers;
    expect(qantara).toMatchObject({ command: '/opt/node/bin/node', alwaysLoad: true, timeout: 3_600_000 });
    expect(qantara.env).toEqual({
      BRIDGE_SANDBOX: 'read-only',
      BRIDGE_EXPOSE: 'codex',
      BRIDGE_HOST_TIMEOUT_MS: '3600000',
    });
    expect(bench.setup(claude, { expose: ['gemini'] })).toBeUndefined();
    expect(json(pathOf(bench, claude)).mcpServers.qantara.env.BRIDGE_EXPOSE).toBe('gemini');
    bench.undo(claude);
    expect(readFileSync(pathOf(bench, claude), 'utf8')).toBe(byHand);
  });

  test('goes with undo when nothing is recorded, with its permission', () => {
    const bench = setupPlace();
    put(pathOf(bench, claude), byHand);
    put(pathOf(bench, claude, 1), '{"permissions": {"allow": ["Bash(ls)", "mcp__qantara__*"]}}');
    expect(bench.undo(claude)).toBeUndefined();
    expect(json(pathOf(bench, claude))).toEqual({ mcpServers: {} });
    expect(json(pathOf(bench, claude, 1))).toEqual({ permissions: { allow: ['Bash(ls)'] } });
  });
});

describe('what the person chose', () => {
  test(`is kept by later runs: agents ${proves('S-10')}`, () => {
    const bench = setupPlace();
    const exposed = () => toml(pathOf(bench, codex)).mcp_servers.qantara.env as Record<string, string>;
    bench.setup(codex, { expose: ['gemini'] });
    expect(exposed().BRIDGE_EXPOSE).toBe('gemini');
    const plan = bench.plan(codex);
    expect('steps' in plan && plan.steps.some(changes)).toBe(false);
    bench.setup(codex, { expose: ['claude', 'codex'] });
    expect(exposed().BRIDGE_EXPOSE).toBe('claude,codex');
  });

  test(`an agent that is installed later is offered where nobody chose ${proves('S-10')}`, () => {
    const bench = setupPlace();
    bench.setup(codex, { usual: () => ['claude'] });
    writeFileSync(
      pathOf(bench, codex),
      `${readFileSync(pathOf(bench, codex), 'utf8')}\n[projects."/x"]\ntrust_level = "trusted"\n`,
    );
    bench.setup(codex, { usual: () => ['claude', 'gemini'] });
    expect(toml(pathOf(bench, codex)).mcp_servers.qantara.env).toMatchObject({ BRIDGE_EXPOSE: 'claude,gemini' });
  });

  test('is kept by later runs: approval', () => {
    const bench = setupPlace();
    bench.setup(claude);
    bench.setup(gemini);
    bench.setup(codex);
    // Rewritten in the meantime, so that the way back is not byte for byte.
    writeFileSync(pathOf(bench, gemini), `${JSON.stringify({ ...json(pathOf(bench, gemini)), x: 1 })}`);
    for (const host of [claude, codex, gemini]) expect(bench.setup(host, { approve: false })).toBeUndefined();
    const look = () => ({
      claude: existsSync(pathOf(bench, claude, 1)),
      codex: toml(pathOf(bench, codex)).mcp_servers.qantara.default_tools_approval_mode,
      gemini: json(pathOf(bench, gemini)).mcpServers.qantara.trust,
    });
    expect(look()).toEqual({ claude: false, codex: undefined, gemini: undefined });
    for (const host of [claude, codex, gemini]) bench.setup(host);
    expect(look()).toEqual({ claude: false, codex: undefined, gemini: undefined });
    for (const host of [claude, codex, gemini]) bench.setup(host, { approve: true });
    expect(look()).toEqual({ claude: true, codex: 'approve', gemini: true });
  });

  test('a start grace of the person’s own stays', () => {
    const bench = setupPlace();
    put(pathOf(bench, codex), 'mcp_optional_startup_grace_ms = 0\n');
    bench.setup(codex);
    expect(readFileSync(pathOf(bench, codex), 'utf8')).toMatch(/^mcp_optional_startup_grace_ms = 0\n/);
  });

  test('a list of allowed servers gets ours, and none is made', () => {
    const bench = setupPlace();
    put(pathOf(bench, gemini), '{"mcp": {"allowed": ["other"]}}');
    bench.setup(gemini);
    expect(json(pathOf(bench, gemini)).mcp.allowed).toEqual(['other', 'qantara']);
    // Nor does a later run move it, after the file was rewritten with more behind it.
    const { mcp, ...rest } = json(pathOf(bench, gemini));
    writeFileSync(pathOf(bench, gemini), JSON.stringify({ ...rest, mcp: { allowed: [...mcp.allowed, 'later'] } }));
    const plan = bench.plan(gemini);
    expect('steps' in plan && plan.steps.some(changes)).toBe(false);
    bench.undo(gemini);
    expect(json(pathOf(bench, gemini))).toEqual({ mcp: { allowed: ['other', 'later'] } });
  });
});

describe('proxies and the state folder', () => {
  test(`Codex is told every name, Gemini CLI those that are set, and neither a value ${proves('S-09')}`, () => {
    const bench = setupPlace({ HTTPS_PROXY: 'http://me:word@proxy:8080', no_proxy: 'localhost' });
    const proxies = ['HTTPS_PROXY', 'no_proxy'];
    bench.setup(codex, { proxies });
    bench.setup(gemini, { proxies });
    expect(toml(pathOf(bench, codex)).mcp_servers.qantara.env_vars).toEqual(
      expect.arrayContaining([
        'HTTP_PROXY',
        'http_proxy',
        'HTTPS_PROXY',
        'https_proxy',
        'NO_PROXY',
        'no_proxy',
        'ALL_PROXY',
        'all_proxy',
        'QANTARA_JOB',
        'QANTARA_HOME',
      ]),
    );
    expect(json(pathOf(bench, gemini)).mcpServers.qantara.env).toMatchObject({
      HTTPS_PROXY: '$HTTPS_PROXY',
      no_proxy: '$no_proxy',
    });
    for (const host of [codex, gemini]) expect(readFileSync(pathOf(bench, host), 'utf8')).not.toContain('word');
  });

  test('a state folder of its own is written into every registration', () => {
    const bench = setupPlace();
    const home = join(bench.home, 'q');
    const moved = setupPlace({ QANTARA_HOME: home });
    for (const host of [claude, codex, gemini]) expect(moved.setup(host)).toBeUndefined();
    expect(json(pathOf(moved, claude)).mcpServers.qantara.env.QANTARA_HOME).toBe(home);
    expect(toml(pathOf(moved, codex)).mcp_servers.qantara.env).toMatchObject({ QANTARA_HOME: home });
    expect(toml(pathOf(moved, codex)).mcp_servers.qantara.env_vars).not.toContain('QANTARA_HOME');
    expect(existsSync(join(home, 'setup.json'))).toBe(true);
  });

  test('folders of a host that its variable moves are followed', () => {
    const bench = setupPlace({ CLAUDE_CONFIG_DIR: '/c', CODEX_HOME: '/x', GEMINI_CLI_HOME: '/g' });
    expect([claude, codex, gemini].flatMap((host) => host.files.map((_, at) => pathOf(bench, host, at)))).toEqual([
      '/c/.claude.json',
      '/c/settings.json',
      '/x/config.toml',
      '/g/.gemini/settings.json',
    ]);
  });
});

test('a new file and its folders are their owner’s alone, and the ledger too', () => {
  const bench = setupPlace();
  bench.setup(gemini);
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect(mode(pathOf(bench, gemini))).toBe('600');
  expect(mode(dirname(pathOf(bench, gemini)))).toBe('700');
  expect(mode(bench.paths.setup)).toBe('600');
});

test('a broken ledger stops setup with its path', () => {
  const bench = setupPlace();
  bench.setup(gemini);
  writeFileSync(bench.paths.setup, '{');
  chmodSync(bench.paths.setup, 0o600);
  expect(() => bench.plan(gemini)).toThrow(bench.paths.setup);
});

test('undo says what was changed since and stays', () => {
  const bench = setupPlace();
  bench.setup(codex);
  const path = pathOf(bench, codex);
  writeFileSync(path, readFileSync(path, 'utf8').replace('grace_ms = 5000', 'grace_ms = 9000'));
  const plan = bench.planUndo(codex);
  expect('notes' in plan && plan.notes).toEqual([
    `${path}: "mcp_optional_startup_grace_ms" was changed since and stays.`,
  ]);
  bench.undo(codex);
  expect(readFileSync(path, 'utf8').trim()).toBe('mcp_optional_startup_grace_ms = 9000');
});

test('a file of five megabytes is edited in moderate time', () => {
  const bench = setupPlace();
  const path = pathOf(bench, claude);
  const projects = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, at) => [`/home/x/project-${at}`, { history: [{ display: 'x'.repeat(180) }] }]),
  );
  put(path, `${JSON.stringify({ projects, mcpServers: { other: { command: 'x' } }, tail: true }, null, 2)}\n`);
  const before = stateOf(path);
  const start = performance.now();
  expect(bench.setup(claude)).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(stateOf(path).length).toBeGreaterThan(5_000_000);
  expect(bench.undo(claude)).toBeUndefined();
  expect(stateOf(path)).toBe(before);
});

test(`a link out of the home is said before it is followed ${proves('P-21', 'P-33')}`, () => {
  const elsewhere = setupPlace();
  const bench = setupPlace();
  put(join(elsewhere.home, 'claude.json'), '{}');
  symlinkSync(join(elsewhere.home, 'claude.json'), pathOf(bench, claude));
  const plan = bench.plan(claude);
  expect('notes' in plan && plan.notes).toEqual([
    `${pathOf(bench, claude)} is a link; the file that changes is ${elsewhere.home}/claude.json, outside your home.`,
  ]);
});

test(`a record of what was never written does not count ${proves('S-06')}`, () => {
  const [first, second] = [
    { before: hashOf('a'), after: hashOf('b'), back: [], puts: [], folders: [] },
    { before: hashOf('a'), after: hashOf('c'), back: [], puts: [], folders: [] },
  ];
  const upgrade = { ...second, former: first };
  expect(recordFor(first, 'b')).toBe(first);
  expect(recordFor(first, 'a')).toBeUndefined();
  expect(recordFor(upgrade, 'b')).toBe(first);
  expect(recordFor(upgrade, 'c')).toBe(upgrade);
  // Edited by others since: it still says what is ours.
  expect(recordFor(upgrade, 'edited')).toBe(upgrade);
});
