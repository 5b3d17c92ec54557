import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { loginEnvironment } from '../../daemon/runner/environment.ts';
import { type Paths, pathsIn } from '../../shared/paths.ts';
import type { Status } from '../../shared/wire.ts';
import { statusOf } from '../../shim/http.ts';
import type { Place } from '../host.ts';
import { daemonPath } from '../launch.ts';
import { type Plan, planSetup } from '../setup.ts';

/** What several checks look at; each part is had once, when it is first asked for. */
export interface World {
  place: Place;
  /** Throws `unsafe_home` where there can be none. */
  paths(): Paths;
  /** What setup would do; writes nothing. */
  plan(): Promise<Plan>;
  /** The environment of the login shell, as delegates have it. */
  login(): Promise<Record<string, string>>;
  /** Of the running daemon; undefined where none runs. Throws `daemon_unavailable` for one that is mute. */
  status(): Promise<Status | undefined>;
  /** Runs a command of this installation, as the person would in a terminal; returns its last words. */
  qantara(...args: string[]): Promise<string>;
}

const commandLimitMs = 60_000;

const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

export const worldOf = (place: Place): World => {
  const paths = once(() => pathsIn(place.environment));
  return {
    place,
    paths,
    plan: once(() => planSetup({ hosts: [], replace: false, undo: false }, place)),
    login: once(loginEnvironment),
    status: once(() => statusOf(paths())),
    qantara: async (...args) => {
      const program = join(dirname(daemonPath()), 'qantara.js');
      const options = { env: place.environment as NodeJS.ProcessEnv, timeout: commandLimitMs };
      await promisify(execFile)(process.execPath, [program, ...args], options);
      return `ran \`qantara ${args.join(' ')}\``;
    },
  };
};
