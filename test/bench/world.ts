import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathsIn } from '../../shared/paths.ts';
import { daemonEnvironment, listens } from '../../shim/start-daemon.ts';
import { processesOf } from '../helpers/processes.ts';
import { tempHome } from '../helpers/temp.ts';
import { until } from '../helpers/wait.ts';
import { type RawHost, talkTo } from './raw-host.ts';

const root = join(import.meta.dirname, '../..');
export const programs = {
  shim: join(root, 'dist/qantara-shim.js'),
  command: join(root, 'dist/qantara.js'),
  daemon: join(root, 'dist/qantara-daemon.js'),
};
export const floorProgram = (name: string): string => join(import.meta.dirname, 'floors', name);

/** A temporary HOME with an agent on its PATH, and whatever is started in it. */
export interface World {
  home: string;
  environment: Record<string, string>;
  paths: ReturnType<typeof pathsIn>;
  /** Makes the file in `agents/` the world's codex from now on. */
  useAgent(file: string): void;
  /** Starts Node with these arguments; it ends with the world at the latest. */
  node(args: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Starts the daemon and returns its pid when it listens. */
  startDaemon(flags?: readonly string[]): Promise<number>;
  stopDaemon(signal?: NodeJS.Signals): Promise<void>;
  /** A shim whose connection to the daemon has been used once. */
  host(environment?: Record<string, string>): Promise<RawHost>;
  close(): Promise<void>;
}

const open = new Set<World>();

/** Ends all that is left: for Ctrl-C and for a scenario that has failed. */
export async function closeWorlds(): Promise<void> {
  await Promise.all([...open].map((world) => world.close()));
}

/** A new world; `agent`: the file in `agents/` that is its `codex`. */
export function createWorld({ agent = 'quick.sh', config = '' } = {}): World {
  const { path: home, remove } = tempHome();
  const bin = join(home, 'bin');
  mkdirSync(bin);
  mkdirSync(join(home, 'project'));
  const useAgent = (file: string): void => {
    copyFileSync(join(import.meta.dirname, 'agents', file), join(bin, 'codex'));
    chmodSync(join(bin, 'codex'), 0o755);
  };
  useAgent(agent);
  symlinkSync(process.execPath, join(bin, 'node'));
  const environment = { HOME: home, PATH: `${bin}:/usr/bin:/bin`, LANG: 'C.UTF-8' };
  const paths = pathsIn(environment);
  if (config) {
    mkdirSync(paths.home, { mode: 0o700 });
    writeFileSync(paths.config, config);
  }
  const children = new Set<ChildProcess>();

  const node = (args: readonly string[], options: SpawnOptions = {}): ChildProcess => {
    const child = spawn(process.execPath, args, { env: environment, cwd: join(home, 'project'), ...options });
    children.add(child);
    child.on('exit', () => children.delete(child));
    child.stdin?.on('error', () => {}); // one that has ended; whoever waits for it learns it from its exit
    return child;
  };
  const pidOfDaemon = (): number | undefined => {
    try {
      return Number(readFileSync(paths.pid, 'utf8'));
    } catch {
      return undefined; // none runs
    }
  };
  const world: World = {
    home,
    environment,
    paths,
    useAgent,
    node,
    startDaemon: async (flags = []) => {
      const daemon = node([...flags, programs.daemon], {
        env: daemonEnvironment(environment) as Record<string, string>,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      await until(() => listens(paths.socket), { timeoutMs: 60_000, what: 'the daemon to listen' });
      return daemon.pid as number;
    },
    stopDaemon: async (signal = 'SIGTERM') => {
      const pid = pidOfDaemon();
      if (pid === undefined) return;
      const ours = [...children].find((child) => child.pid === pid);
      signalled(pid, signal);
      await until(() => (ours ? ours.exitCode !== null || ours.signalCode !== null : !exists(pid)));
      rmSync(paths.pid, { force: true });
    },
    host: async (more = {}) => {
      const host = talkTo(
        node([programs.shim, '--host', 'claude'], {
          env: { ...environment, ...more },
          stdio: ['pipe', 'pipe', 'inherit'],
        }),
      );
      await host.initialize();
      await host.call('check_job');
      return host;
    },
    close: async () => {
      open.delete(world);
      for (const child of children) child.kill('SIGKILL');
      const pid = pidOfDaemon();
      if (pid !== undefined) signalled(pid, 'SIGKILL');
      // Agents are process groups of their own.
      for (const left of processesOf(home)) signalled(left.pid, 'SIGKILL');
      await until(() => processesOf(home).length === 0, { timeoutMs: 20_000, what: 'the last process to end' });
      remove();
    },
  };
  open.add(world);
  return world;
}

/** Runs `work` in a new world and takes it away. */
export async function inWorld<T>(
  options: Parameters<typeof createWorld>[0],
  work: (world: World) => Promise<T>,
): Promise<T> {
  const world = createWorld(options);
  try {
    return await work(world);
  } finally {
    await world.close();
  }
}

function signalled(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Resolves with the exit code. */
export const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));

/** The daemon's answer to one HTTP request; rejects where nobody listens. */
export const get = (socketPath: string, route: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(socketPath, () => {
      socket.write(`GET ${route} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text));
    socket.on('error', reject);
  });
