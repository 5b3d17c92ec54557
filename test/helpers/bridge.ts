import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { agents } from '../../shared/agents/index.ts';
import { pathsIn } from '../../shared/paths.ts';
import type { JobRow, Status } from '../../shared/wire.ts';
import { ask, statusOf } from '../../shim/http.ts';
import { eventually, isAlive } from './processes.ts';

const root = join(import.meta.dirname, '../..');
const fake = join(root, 'test/fake/agent.mjs');

/** One person's machine: a temporary HOME with fake agent CLIs on the PATH and the real daemon and shim. */
export interface Machine {
  home: string;
  /** A directory of the person's, to work in. */
  project(name?: string): string;
  environment: Record<string, string>;
  paths: ReturnType<typeof pathsIn>;
  /** The lines that fake agents wrote at their start: `start <pid> <job>`; one per run. */
  runs(): string[];
  qantara(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  status(): Promise<Status | undefined>;
  jobs(): Promise<JobRow[]>;
  /** Ends the daemon and removes everything. */
  close(): Promise<void>;
}

/** A new machine; `without` names agents that are not installed on it. */
export function machine({ without = [] as string[] } = {}): Machine {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'qn-')));
  const bin = join(home, 'bin');
  mkdirSync(bin);
  for (const agent of agents) if (!without.includes(agent.name)) symlinkSync(fake, join(bin, agent.binary));
  symlinkSync(process.execPath, join(bin, 'node'));
  const log = join(home, 'runs.log');
  const environment = {
    HOME: home,
    PATH: `${bin}:/usr/bin:/bin`,
    LANG: 'C.UTF-8',
    FAKE_LOG: log,
    FAKE_SHIM: join(root, 'dist/qantara-shim.js'),
  };
  const paths = pathsIn(environment);

  const qantara = (...args: string[]) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
      const child = spawn(process.execPath, [join(root, 'dist/qantara.js'), ...args], { env: environment, cwd: home });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  const status = (): Promise<Status | undefined> => statusOf(paths).catch(() => undefined);
  const listed = async (): Promise<JobRow[]> => JSON.parse((await qantara('jobs', 'ls', '--json')).stdout || '[]');
  return {
    home,
    environment,
    paths,
    qantara,
    project: (name = 'project') => {
      const path = join(home, name);
      mkdirSync(path, { recursive: true });
      return path;
    },
    runs: () => {
      try {
        return readFileSync(log, 'utf8').trim().split('\n');
      } catch {
        return []; // nothing has run yet
      }
    },
    // What is asked again and again is asked by this process, in the way of the command line: that starts no Node.
    status,
    jobs: () => ask<JobRow[]>(paths, 'GET', '/jobs').catch(listed),
    close: async () => {
      const running = await status();
      if (running) {
        await ask(paths, 'POST', '/stop');
        await eventually('the daemon has stopped', () => !isAlive(running.pid));
      }
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export interface ToolAnswer {
  text: string;
  isError: boolean;
  meta: Record<string, unknown>;
}

/** A host: an MCP client with a shim of its own, as a coding agent starts it. */
export interface Host {
  client: Client;
  pid: number | null;
  call(tool: string, given?: Record<string, unknown>, options?: CallOptions): Promise<ToolAnswer>;
  close(): Promise<void>;
}

export interface CallOptions {
  signal?: AbortSignal;
  timeout?: number;
  onprogress?: (progress: { progress: number; message?: string }) => void;
}

export interface HostOptions {
  name?: string;
  cwd?: string;
  environment?: Record<string, string>;
  /** `legacy` opens with `initialize`, `modern` with the 2026-07-28 revision. */
  era?: 'legacy' | 'modern';
}

/** The text of a tool result, its blocks joined by newlines. */
export const answerOf = (result: unknown): ToolAnswer => {
  const { content, isError, _meta } = result as {
    content: { text: string }[];
    isError?: boolean;
    _meta?: Record<string, unknown>;
  };
  return { text: content.map((block) => block.text).join('\n'), isError: isError === true, meta: _meta ?? {} };
};

/** The job id in an answer's text. Throws where there is none. */
export function jobIn(answer: ToolAnswer): string {
  const id = /\b(?:claude|codex|gemini)-\d+\b/.exec(answer.text)?.[0];
  if (!id) throw new Error(`no job id in: ${answer.text}`);
  return id;
}

/** Starts a host on the machine. */
export async function host(on: Machine, options: HostOptions = {}): Promise<Host> {
  const { name = 'claude', cwd = on.project(), environment = {}, era = 'legacy' } = options;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(root, 'dist/qantara-shim.js'), '--host', name],
    env: { ...on.environment, ...environment },
    cwd,
    stderr: 'inherit',
  });
  const client = new Client(
    { name: 'test-host', version: '1' },
    { versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' } },
  );
  await client.connect(transport);
  return {
    client,
    pid: transport.pid,
    call: async (tool, given = {}, call = {}) => {
      const options = { timeout: 60_000, ...call };
      return answerOf(await client.callTool({ name: tool, arguments: given }, options));
    },
    close: () => client.close(),
  };
}
