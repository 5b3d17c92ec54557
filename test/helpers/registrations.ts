import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writePrivate } from '../models/home.ts';

/**
 * The shim registered by hand in the three hosts of one HOME, the way each host's documentation says. The tests of
 * the bridge do not depend on setup, and setup's own tests can be compared with this.
 */
export const shim = resolve(import.meta.dirname, '..', '..', 'dist', 'qantara-shim.js');

/** One hour: no test runs into a host's own limit. */
const toolTimeoutMs = 3_600_000;

/** Proxies and the like that a delegate needs and Codex would not hand to an MCP server. */
const forwarded = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_OPTIONS'];

type Json = Record<string, unknown>;

function editJson(path: string, change: (settings: Json) => Json): void {
  writePrivate(path, `${JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8'))), null, 2)}\n`);
}

const argumentsFor = (host: string): string[] => [shim, '--host', host];

function registerClaude(home: string, policy: Record<string, string>): void {
  const server = { type: 'stdio', command: process.execPath, args: argumentsFor('claude'), env: policy };
  editJson(join(home, '.claude.json'), (settings) => ({
    ...settings,
    mcpServers: { qantara: { ...server, timeout: toolTimeoutMs } },
  }));
  editJson(join(home, '.claude', 'settings.json'), (settings) => ({
    ...settings,
    permissions: { allow: ['mcp__qantara__*'] },
  }));
}

/** A JSON string or array of strings is also a TOML one. */
const toml = (value: string | readonly string[]): string => JSON.stringify(value);

const ourBegin = '# qantara begin\n';

function registerCodex(home: string, policy: Record<string, string>): void {
  const path = join(home, '.codex', 'config.toml');
  const before = readFileSync(path, 'utf8').split(ourBegin)[0]?.replace('mcp_optional_startup_grace_ms = 0\n', '');
  const variables = Object.entries(policy).map(([name, value]) => `${name} = ${toml(value)}\n`);
  writePrivate(
    path,
    `mcp_optional_startup_grace_ms = 0
${before}${ourBegin}
[mcp_servers.qantara]
command = ${toml(process.execPath)}
args = ${toml(argumentsFor('codex'))}
env_vars = ${toml(forwarded)}
startup_timeout_sec = 30
tool_timeout_sec = ${toolTimeoutMs / 1000}
default_tools_approval_mode = "approve"

[mcp_servers.qantara.env]
${variables.join('')}`,
  );
}

function registerGemini(home: string, policy: Record<string, string>): void {
  const server = { command: process.execPath, args: argumentsFor('gemini'), env: policy };
  editJson(join(home, '.gemini', 'settings.json'), (settings) => ({
    ...settings,
    mcpServers: { qantara: { ...server, timeout: toolTimeoutMs, trust: true } },
  }));
}

/** Registers the shim in all three hosts with `policy` as its `BRIDGE_*` variables; a second call replaces them. */
export function register(home: string, policy: Record<string, string> = {}): void {
  registerClaude(home, policy);
  registerCodex(home, policy);
  registerGemini(home, policy);
}
