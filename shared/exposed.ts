import { readFileSync } from 'node:fs';

/**
 * Which agents config.toml offers to which host, and where a shim writes diagnostics. The daemon reads that file and
 * leaves this excerpt, so that a shim can list the right tools without a TOML parser and without a daemon. Only a
 * list: the daemon enforces it.
 */
export interface Exposed {
  /** By host name; `''` for a host that is not named. */
  hosts: Record<string, readonly string[]>;
  ceiling?: readonly string[] | undefined;
  /** As `hosts`; absent where it is not set. */
  debug?: Record<string, string | undefined>;
}

/** What the daemon that ran last left; undefined where there is nothing to go by. */
export function readExposed(path: string): Exposed | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Exposed;
  } catch {
    return undefined; // no daemon has run yet
  }
}

/** The agents to list for a host. `registered`: what its registration says, if it says so. */
export function exposedTo(
  host: string | undefined,
  registered: readonly string[] | undefined,
  all: readonly string[],
  { hosts, ceiling }: Exposed = { hosts: {} },
): readonly string[] {
  const wanted = registered ?? hosts[host ?? ''] ?? hosts[''] ?? all;
  return ceiling ? wanted.filter((name) => ceiling.includes(name)) : wanted;
}
