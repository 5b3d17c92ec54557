import { agents } from '../shared/agents/index.ts';
import { describe, QantaraError } from '../shared/errors.ts';
import { exposedTo, readExposed } from '../shared/exposed.ts';
import { type Paths, pathsIn } from '../shared/paths.ts';
import { environmentLayer, resolvePolicy } from '../shared/policy.ts';
import { version } from '../shared/version.ts';
import { type Hello, PROTOCOL } from '../shared/wire.ts';
import type { Catalogue } from './answers.ts';
import { ownDirectory, ownEnvironment } from './self.ts';

export interface Settings extends Catalogue {
  host?: string;
  debug?: string;
  /** Absent when there is a fault: then nothing is relayed. */
  paths?: Paths;
}

type Environment = Record<string, string | undefined>;

/** The name after `--host`. Anything else is a fault, since a registration with a slip should say so. */
function readHost(args: readonly string[]): string | undefined {
  const [flag, name, ...others] = args[0]?.startsWith('--host=')
    ? ['--host', args[0].slice(7), ...args.slice(1)]
    : args;
  if (flag === undefined) return undefined;
  if (flag === '--host' && name && name.length <= 64 && others.length === 0) return name;
  throw new QantaraError('bad_parameter', {
    tool: 'qantara-shim',
    problem: `it takes only --host NAME (at most 64 characters), not ${JSON.stringify(args.join(' '))}.`,
  });
}

/**
 * What the registration says, read once. Never throws: a host shows a server that dies as "failed" without its
 * words, so a wrong value becomes a `fault` that every call answers with.
 */
export function readSettings(args: readonly string[], environment: Environment): Settings {
  const all = agents.map((agent) => agent.name);
  try {
    const host = readHost(args);
    const { expose, debug, origins } = resolvePolicy([environmentLayer(environment)]);
    const paths = pathsIn(environment);
    const registered = origins.expose === 'default' ? undefined : expose;
    const left = readExposed(paths.exposed);
    return {
      exposed: exposedTo(host, registered, all, left),
      host,
      debug: debug ?? left?.debug?.[host ?? ''] ?? left?.debug?.[''],
      paths,
    };
  } catch (error) {
    if (error instanceof QantaraError) return { exposed: all, fault: error.message };
    return { exposed: all, fault: describe('internal', { message: String(error), log: 'this message' }) };
  }
}

/** Random, one for the life of this process. Made when first needed: loading `crypto` costs 3 ms of a start of 30. */
let ownId: string | undefined;
function shimId(): string {
  ownId ??= crypto.randomUUID();
  return ownId;
}

/** Who we are to the daemon; the same at every call. */
export const hello = (settings: Settings): Hello => ({
  protocol: PROTOCOL,
  version,
  shimId: shimId(),
  host: settings.host,
  pid: process.pid,
  cwd: ownDirectory(),
  environment: ownEnvironment(),
});
