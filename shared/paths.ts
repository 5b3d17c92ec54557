import { isAbsolute, join } from 'node:path';
import { QantaraError } from './errors.ts';
import { compiledIn, stateFolder } from './state-folder.ts';

/**
 * Every path that qantara uses, below one folder. It depends on HOME and QANTARA_HOME alone: hosts strip XDG_* and
 * most other variables from the environment of an MCP server, and both sides must find the same socket.
 */
export interface Paths {
  home: string;
  config: string;
  /** What `qantara setup` has put into which file, so that `--undo` can take it out. */
  setup: string;
  database: string;
  lock: string;
  socket: string;
  jobs: string;
  compiled: string;
  logs: string;
  log: string;
  /** stdout and stderr of a daemon that was started in the background. */
  console: string;
  /** Why the last start failed, in one sentence; absent while all is well. */
  startError: string;
  /** Held by whoever is starting a daemon, so that many shims start one. */
  starting: string;
  /** Which agents config.toml offers to which host, for shims. */
  exposed: string;
  /** What who comes by TCP has to bring; absent unless config.toml opens a port. */
  httpToken: string;
  /** Pid of the running daemon; information only, the lock decides. */
  pid: string;
}

/** Node (20 and 22) cuts longer socket paths off in silence; macOS holds 104 bytes with the final NUL, Linux 108. */
export const maxSocketPathBytes = 103;

/** Throws `unsafe_home` when QANTARA_HOME is not absolute or too long for a socket. */
export function pathsIn(environment: Record<string, string | undefined> = process.env): Paths {
  const home = stateFolder(environment);
  // Normalized once: to join each path by itself costs a program that ends at once 1 ms.
  const folder = join(home, '.').replace(/\/$/, '');
  const within = (name: string): string => `${folder}/${name}`;
  const socket = within('daemon.sock');
  if (!isAbsolute(home)) {
    throw new QantaraError('unsafe_home', {
      path: home,
      problem: 'it is not an absolute path.',
      remedy: 'Set QANTARA_HOME to an absolute path.',
    });
  }
  if (Buffer.byteLength(socket) > maxSocketPathBytes) {
    throw new QantaraError('unsafe_home', {
      path: home,
      problem: `its socket path is longer than ${maxSocketPathBytes} bytes.`,
      remedy: 'Set QANTARA_HOME to a shorter path.',
    });
  }
  return {
    home,
    config: within('config.toml'),
    setup: within('setup.json'),
    database: within('qantara.db'),
    lock: within('daemon.lock'),
    socket,
    jobs: within('jobs'),
    compiled: compiledIn(home),
    logs: within('logs'),
    log: within('logs/daemon.log'),
    console: within('logs/daemon.console.log'),
    startError: within('logs/start-error.txt'),
    starting: within('starting.lock'),
    exposed: within('exposed.json'),
    httpToken: within('http-token'),
    pid: within('daemon.pid'),
  };
}
