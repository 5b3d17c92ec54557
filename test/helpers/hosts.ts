import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Change } from '../../setup/edits.ts';
import { edited } from '../../setup/format.ts';
import { hosts } from '../../setup/hosts/index.ts';
import type { JobRow } from '../../shared/wire.ts';
import { configureHome, type Logins } from '../models/home.ts';
import { type Models, startModels } from '../models/server.ts';
import { eventually, isAlive, type Process, processesOf } from './processes.ts';
import { type CliName, cliPath, clis } from './real-clis.ts';

export type HostName = CliName;

/** How a host or a command ended, and what it said. */
export interface Run {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** The JSON lines of stdout. */
  events: Record<string, unknown>[];
  /** The host's final answer. */
  answer: string;
  /** The host's own id of its conversation. */
  session: string | undefined;
}

export interface Started {
  process: ChildProcess;
  done: Promise<Run>;
}

export interface World {
  home: string;
  workspace: string;
  models: Models;
  /** The environment of every process of this world. */
  environment: Record<string, string>;
  /** Writes `BRIDGE_*` variables into the registrations that setup made, in place of those of the call before. */
  register(policy: Record<string, string>): void;
  /** Takes a CLI off the PATH of this world. */
  remove(name: CliName): void;
  /** Runs a host headless until it ends. */
  ask(host: HostName, prompt: string, options?: HostOptions): Promise<Run>;
  /** The same without waiting, in a process group of its own. */
  start(host: HostName, prompt: string, options?: HostOptions): Started;
  /** Runs the command line of qantara. */
  qantara(...args: string[]): Promise<Run>;
  jobs(): Promise<JobRow[]>;
  /** NaN when no daemon runs. */
  daemonPid(): number;
  /** Stops everything and removes the folder. Throws when a process of this HOME had to be killed. */
  close(): Promise<void>;
}

export interface HostOptions {
  /** More arguments of the host's own. */
  args?: readonly string[];
  cwd?: string;
}

const program = resolve(import.meta.dirname, '..', '..', 'dist', 'qantara.js');
const runLimitMs = 120_000;

/** How each host runs one prompt headless and how its stream says what it answered. */
const headless: Record<(typeof clis)[HostName]['binary'], (prompt: string, args: readonly string[]) => string[]> = {
  claude: (prompt, args) => ['-p', prompt, '--output-format', 'stream-json', '--verbose', ...args],
  codex: (prompt, args) => ['exec', '--json', '--skip-git-repo-check', ...args, prompt],
  gemini: (prompt, args) => ['-p', prompt, '-o', 'stream-json', '--skip-trust', ...args],
};

function jsonLines(output: string): Record<string, unknown>[] {
  return output.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line)] : [];
    } catch {
      // Hosts print warnings among their JSON.
      return [];
    }
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function answerOf(events: Record<string, unknown>[]): string {
  const result = events.findLast((event) => event.type === 'result' && 'result' in event);
  if (result) return textOf(result.result);
  const items = events.map((event) => event.item as Record<string, unknown> | undefined);
  const message = items.findLast((item) => item?.type === 'agent_message');
  if (message) return textOf(message.text);
  const words = events.filter((event) => event.type === 'message' && event.role === 'assistant');
  return words.map((event) => textOf(event.content)).join('');
}

const sessionOf = (events: Record<string, unknown>[]): string | undefined =>
  events.map((event) => event.session_id ?? event.thread_id).find((id) => typeof id === 'string') as string | undefined;

function launch(command: string, args: readonly string[], cwd: string, environment: Record<string, string>): Started {
  // A group of its own, so that a host that does not end is stopped with everything that it holds.
  const child = spawn(command, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const done = new Promise<Run>((resolve, reject) => {
    const timer = setTimeout(() => {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
      const said = `${stdout}\n${stderr}`.slice(-4000);
      reject(new Error(`${command} ${args.join(' ')} did not end within ${runLimitMs} ms; it said:\n${said}`));
    }, runLimitMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const events = jsonLines(stdout);
      resolve({ code, signal, stdout, stderr, events, answer: answerOf(events), session: sessionOf(events) });
    });
  });
  // Who starts a host and then kills it may never look at how it ended.
  done.catch(() => undefined);
  return { process: child, done };
}

/** Only these programs are found: node, the agent CLIs of the test, and the system's own. */
function linkBinaries(folder: string, names: readonly CliName[]): string {
  mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const name of names) symlinkSync(cliPath(name), join(folder, clis[name].binary));
  return folder;
}

/** Has `qantara setup` register the shim in all three hosts. What it writes there does not depend on the CLIs. */
async function setUp(workspace: string, environment: Record<string, string>): Promise<void> {
  const names = Object.keys(headless);
  const flags = ['--yes', '--expose', names.join(','), '--host', ...names];
  // Without the CLIs on the PATH, since it would start each for its version.
  const place = { ...environment, PATH: '/usr/bin:/bin' };
  const { code, stdout, stderr } = await launch(process.execPath, [program, 'setup', ...flags], workspace, place).done;
  if (code !== 0) throw new Error(`qantara setup ended with ${code}: ${stdout}${stderr}`);
}

/** A function that gives the registrations of all hosts other variables. */
function registrar(home: string): World['register'] {
  let before: string[] = [];
  return (policy) => {
    const gone = before.filter((name) => !(name in policy));
    before = Object.keys(policy);
    for (const { name, files, entry } of hosts) {
      const file = files[0];
      if (!file || !(name in headless)) continue;
      const path = file.path({ home, environment: {}, platform: process.platform });
      const at = (variable: string) => [...entry, 'env', variable];
      const changes: Change[] = [
        ...gone.map((variable) => ({ op: 'remove', path: at(variable) }) as const),
        ...Object.entries(policy).map(([variable, value]) => ({ op: 'set', path: at(variable), value }) as const),
      ];
      writeFileSync(path, edited(file.format, readFileSync(path, 'utf8'), changes));
    }
  };
}

/**
 * A person's machine in small: a temporary HOME with the agent CLIs logged in at loopback models, a workspace, and
 * the shim registered in every host by setup, unless `registered` is false. `claude` picks which Claude Code is on the
 * PATH.
 */
export async function createWorld(
  options: Logins & {
    policy?: Record<string, string>;
    claude?: 'claude' | 'claude-old';
    registered?: boolean;
    /** More variables of the person's, also when setup runs. */
    environment?: Record<string, string>;
  } = {},
): Promise<World> {
  const models = await startModels();
  const home = mkdtempSync(join(tmpdir(), 'qantara-e2e-'));
  const workspace = join(home, 'workspace');
  for (const folder of [workspace, join(home, 'tmp')]) mkdirSync(folder);
  const bin = linkBinaries(join(home, 'bin'), [options.claude ?? 'claude', 'codex', 'gemini']);
  const environment: Record<string, string> = {
    ...configureHome(home, models.url, options),
    PATH: `${bin}:/usr/bin:/bin`,
    // Gemini CLI leaves error reports there.
    TMPDIR: join(home, 'tmp'),
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    ...options.environment,
  };
  const register = registrar(home);
  if (options.registered !== false) await setUp(workspace, environment);
  if (options.policy) register(options.policy);

  const start = (host: HostName, prompt: string, { args = [], cwd = workspace }: HostOptions = {}): Started => {
    const { binary } = clis[host];
    return launch(join(bin, binary), headless[binary](prompt, args), cwd, environment);
  };
  const qantara = (...args: string[]): Promise<Run> =>
    launch(process.execPath, [program, ...args], workspace, environment).done;
  const jobs = async (): Promise<JobRow[]> => {
    const { code, stdout, stderr } = await qantara('jobs', 'ls', '--json');
    if (code !== 0) throw new Error(`qantara jobs ls --json ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  };

  return {
    home,
    workspace,
    models,
    environment,
    register,
    remove: (name) => rmSync(join(bin, clis[name].binary)),
    start,
    ask: (host, prompt, hostOptions) => start(host, prompt, hostOptions).done,
    qantara,
    jobs,
    daemonPid: () => daemonPidIn(home) ?? Number.NaN,
    close: () => close(home, models, qantara),
  };
}

/** The pid that the daemon of this HOME wrote down; undefined when none runs. */
function daemonPidIn(home: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(home, '.qantara', 'daemon.pid'), 'utf8'), 10);
  } catch {
    // There was no daemon, or it has stopped and taken the file with it.
    return undefined;
  }
}

async function close(home: string, models: Models, qantara: World['qantara']): Promise<void> {
  const daemon = daemonPidIn(home);
  const running = (): Process[] => {
    const found = processesOf(home);
    const isListed = found.some(({ pid }) => pid === daemon);
    return daemon && isAlive(daemon) && !isListed ? [...found, { pid: daemon, command: 'the daemon' }] : found;
  };
  try {
    await qantara('daemon', 'stop');
    await models.close();
    // What a host spawned may need a moment to notice that it has gone.
    await eventually('nothing of the test runs', () => running().length === 0, 10_000).catch(() => undefined);
    const left = running();
    for (const { pid } of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    if (left.length > 0) {
      throw new Error(`Left running: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`);
    }
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
