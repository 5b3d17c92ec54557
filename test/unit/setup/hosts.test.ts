import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hosts } from '../../../setup/hosts/index.ts';
import { agents } from '../../../shared/agents/index.ts';
import { pathOf, put, setupPlace, wish } from '../../helpers/setup-place.ts';

const { command, shim } = wish;
const env = (timeout: number) => ({ BRIDGE_EXPOSE: 'codex,gemini', BRIDGE_HOST_TIMEOUT_MS: String(timeout) });
const hour = 3_600_000;

/** File, and all that is in it, as the documentation of each host has it (the addresses stand in `setup/hosts/`). */
const documented: Record<string, [string, object]> = {
  claude: [
    '.claude.json',
    {
      mcpServers: {
        qantara: { type: 'stdio', command, args: [shim, '--host', 'claude'], env: env(hour), timeout: hour },
      },
    },
  ],
  gemini: [
    '.gemini/settings.json',
    {
      mcpServers: {
        qantara: { command, args: [shim, '--host', 'gemini'], env: env(hour), timeout: hour, trust: true },
      },
    },
  ],
  qwen: [
    '.qwen/settings.json',
    {
      mcpServers: { qantara: { command, args: [shim, '--host', 'qwen'], env: env(hour), timeout: hour, trust: true } },
    },
  ],
  opencode: [
    '.config/opencode/opencode.json',
    {
      mcp: {
        qantara: {
          type: 'local',
          command: [command, shim, '--host', 'opencode'],
          environment: env(hour),
          enabled: true,
          timeout: hour,
        },
      },
    },
  ],
  copilot: [
    '.copilot/mcp-config.json',
    {
      mcpServers: {
        qantara: {
          type: 'local',
          command,
          args: [shim, '--host', 'copilot'],
          env: env(hour),
          tools: ['*'],
          timeout: hour,
        },
      },
    },
  ],
  cursor: [
    '.cursor/mcp.json',
    { mcpServers: { qantara: { command, args: [shim, '--host', 'cursor'], env: env(60_000) } } },
  ],
  windsurf: [
    '.codeium/windsurf/mcp_config.json',
    { mcpServers: { qantara: { command, args: [shim, '--host', 'windsurf'], env: env(60_000) } } },
  ],
  zed: [
    '.config/zed/settings.json',
    { context_servers: { qantara: { command, args: [shim, '--host', 'zed'], env: env(60_000) } } },
  ],
  vscode: [
    '.config/Code/User/mcp.json',
    { servers: { qantara: { type: 'stdio', command, args: [shim, '--host', 'vscode'], env: env(60_000) } } },
  ],
};

describe('what is written into an empty place is what the host documents', () => {
  test.each(Object.entries(documented))('%s', (name, [path, content]) => {
    const bench = setupPlace();
    const host = hosts.find((one) => one.name === name);
    if (!host) throw new Error(`there is no host ${name}`);
    expect(bench.setup(host)).toBeUndefined();
    expect(relative(bench.home, pathOf(bench, host))).toBe(path);
    expect(JSON.parse(readFileSync(pathOf(bench, host), 'utf8'))).toEqual(content);
  });

  test('codex', () => {
    const bench = setupPlace();
    const codex = hosts.find(({ name }) => name === 'codex');
    if (!codex) throw new Error('there is no codex');
    bench.setup(codex);
    expect(readFileSync(pathOf(bench, codex), 'utf8')).toBe(`mcp_optional_startup_grace_ms = 5000

[mcp_servers.qantara]
command = "${command}"
args = ["${shim}", "--host", "codex"]
env_vars = ["QANTARA_HOME", "QANTARA_JOB", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "VIRTUAL_ENV", "CONDA_PREFIX", "SSH_AUTH_SOCK"]
startup_timeout_sec = 30
tool_timeout_sec = 3600
default_tools_approval_mode = "approve"

[mcp_servers.qantara.env]
BRIDGE_EXPOSE = "codex,gemini"
BRIDGE_HOST_TIMEOUT_MS = "3600000"
`);
  });
});

test('every agent is a host, and every host is covered here', () => {
  const names = hosts.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(agents.map(({ name }) => name)));
  expect([...Object.keys(documented), 'codex'].sort()).toEqual(names.toSorted());
});

test('opencode’s commented file is edited where it is there', () => {
  const bench = setupPlace();
  const opencode = hosts.find(({ name }) => name === 'opencode');
  if (!opencode) throw new Error('there is no opencode');
  put(`${bench.home}/.config/opencode/opencode.jsonc`, '// mine\n{}\n');
  bench.setup(opencode);
  expect(readFileSync(`${bench.home}/.config/opencode/opencode.jsonc`, 'utf8')).toMatch(/^\/\/ mine\n\{\n {2}"mcp": /);
});

test('on macOS VS Code has its folder elsewhere', () => {
  const vscode = hosts.find(({ name }) => name === 'vscode');
  expect(vscode?.files[0]?.path({ home: '/Users/x', environment: {}, platform: 'darwin' })).toBe(
    '/Users/x/Library/Application Support/Code/User/mcp.json',
  );
});
