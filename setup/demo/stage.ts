import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { agents } from '../../shared/agents/index.ts';
import { type Paths, pathsIn } from '../../shared/paths.ts';
import type { JobRow, Status } from '../../shared/wire.ts';
import { configureHome } from '../../test/models/home.ts';
import { type Models, startModels } from '../../test/models/server.ts';
import { type Host, openHost } from './host.ts';
import { notes } from './tasks.ts';

const repository = join(import.meta.dirname, '../..');
const program = join(repository, 'dist/qantara.js');
const standIn = join(repository, 'test/fake/agent.mjs');

/** Where the demo happens: a temporary folder with a daemon of its own. Nothing of it outlives `close` (end.ts). */
export interface Stage {
  root: string;
  /** A small project, the working directory of host and agents. */
  project: string;
  /** Of the shim, the daemon and the agents. */
  environment: Record<string, string>;
  paths: Paths;
  /** Absent where the agents use their real models. */
  models?: Models;
  /** The hosts that were opened, also those that have ended. */
  hosts: Host[];
  /** Aborted when the demo must end before its time: whatever a step waits for rejects then. */
  ended: AbortSignal;
}

/** How long one tool call may take; ms. */
const callLimitMs = { loopback: 40_000, real: 300_000 };
const commandLimitMs = 20_000;

/** Variables of the person's that a demo without his logins needs; everything else could name an account. */
const harmless = ['PATH', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TERM'];

const defined = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** The person's own environment, with a daemon apart from his and agents that may only read. */
const realEnvironment = (root: string): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(defined(process.env)).filter(([name]) => !/^(BRIDGE|QANTARA)_/.test(name))),
  QANTARA_HOME: join(root, '.qantara'),
  BRIDGE_SANDBOX: 'read-only',
  BRIDGE_CLAUDE_PERMISSION: 'default',
  BRIDGE_GEMINI_APPROVAL: 'default',
});

/** A home of its own in which every CLI is logged in at the loopback models, and nothing of the person's but his PATH. */
const loopbackEnvironment = (root: string, models: Models): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(defined(process.env)).filter(([name]) => harmless.includes(name))),
  ...configureHome(root, models.url),
  // A proxy that the machine sets for everybody would carry the requests away from the loopback interface.
  NO_PROXY: '127.0.0.1,localhost',
  // No profile of the person's is in that home; this is the shell with the least of its own.
  SHELL: '/bin/sh',
  TMPDIR: join(root, 'tmp'),
});

/** Sets the stage. With `real` the agents have the person's own home and logins. */
export async function setStage(real: boolean, ended: AbortSignal): Promise<Stage> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'qantara-demo-')));
  const project = join(root, 'project');
  for (const folder of [project, join(root, 'tmp')]) mkdirSync(folder);
  writeFileSync(join(project, notes.file), notes.text);
  const models = real ? undefined : await startModels();
  const environment = models ? loopbackEnvironment(root, models) : realEnvironment(root);
  return { root, project, environment, paths: pathsIn(environment), models, hosts: [], ended };
}

/** Puts the bundled stand-in before everything else on the PATH, under the name of every agent's CLI. */
export function castStandIns(stage: Stage): void {
  const folder = join(stage.root, 'bin');
  mkdirSync(folder);
  for (const { binary } of agents) symlinkSync(standIn, join(folder, binary));
  symlinkSync(process.execPath, join(folder, 'node'));
  // An archive of the repository may have lost the bit.
  chmodSync(standIn, 0o755);
  stage.environment.PATH = `${folder}:${stage.environment.PATH}`;
}

/** Starts a host, with a shim of its own. Its calls end with the stage. */
export async function enterHost(stage: Stage): Promise<Host> {
  stage.ended.throwIfAborted();
  const timeout = stage.models ? callLimitMs.loopback : callLimitMs.real;
  const host = await openHost(stage.project, stage.environment, { timeout, signal: stage.ended });
  stage.hosts.push(host);
  return host;
}

/**
 * Runs `qantara` and returns its stdout, whatever its exit code. Rejects with its own words when it said nothing there.
 * It is no part of the terminal's process group: a second Ctrl-C must not end it while it cleans up.
 */
export const qantara = (stage: Stage, ...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { env: stage.environment, cwd: stage.root, timeout: commandLimitMs, detached: true };
    const child = spawn(process.execPath, [program, ...args], options);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (stdout) resolve(stdout);
      else reject(new Error(`qantara ${args.join(' ')} ended with ${code ?? signal} and said: ${stderr.trim()}`));
    });
  });

/** The jobs, newest first. Starts a daemon where none runs. */
export const jobsOf = async (stage: Stage): Promise<JobRow[]> =>
  JSON.parse(await qantara(stage, 'jobs', 'ls', '--json')) as JobRow[];

/** The running daemon, or undefined. */
export async function daemonOf(stage: Stage): Promise<Status | undefined> {
  const status = JSON.parse(await qantara(stage, 'daemon', 'status', '--json')) as Status & { running: boolean };
  return status.running ? status : undefined;
}

/** The end of the daemon's log, for a failure that nobody can look into afterwards; empty where there is none. */
export function lastWords(stage: Stage): string[] {
  try {
    return ['The end of the log of the daemon:', ...readFileSync(stage.paths.log, 'utf8').trim().split('\n').slice(-5)];
  } catch {
    return []; // it never got so far
  }
}

/** Polls until `condition` gives something truthy. Throws with `what` after `limitMs`, and when `signal` is aborted. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { limitMs = 15_000, signal }: { limitMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`It did not happen within ${limitMs / 1000} s that ${what}.`);
    await sleep(50);
  }
}

/** Takes the folder away. The processes must have ended. */
export const removeFolder = (stage: Stage): void =>
  rmSync(stage.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
