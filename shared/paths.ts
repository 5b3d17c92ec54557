import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { QantaraError } from './errors.ts';

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
  /** The daemon's code as V8 has compiled it; may be removed at any time. */
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
  const home = environment.QANTARA_HOME || join(environment.HOME || homedir(), '.qantara');
  const socket = join(home, 'daemon.sock');
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
  const logs = join(home, 'logs');
  return {
    home,
    config: join(home, 'config.toml'),
    setup: join(home, 'setup.json'),
    database: join(home, 'qantara.db'),
    lock: join(home, 'daemon.lock'),
    socket,
    jobs: join(home, 'jobs'),
    compiled: join(home, 'compiled'),
    logs,
    log: join(logs, 'daemon.log'),
    console: join(logs, 'daemon.console.log'),
    startError: join(logs, 'start-error.txt'),
    starting: join(home, 'starting.lock'),
    exposed: join(home, 'exposed.json'),
    httpToken: join(home, 'http-token'),
    pid: join(home, 'daemon.pid'),
  };
}
