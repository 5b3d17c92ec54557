import type { Agent } from '../../shared/agents/agent.ts';
import { agents } from '../../shared/agents/index.ts';
import { captureEnvironment } from './login-shell.ts';

type Environment = Record<string, string>;

const basics = ['HOME', 'PATH', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TMPDIR', 'TZ'];

/** True of a shell itself, not of the person: a delegate that inherits it would be told the wrong directory. */
const bookkeeping = ['_', 'SHLVL', 'PWD', 'OLDPWD'];

/** What `npm run` and Node's IPC leave for their own child only: a shim that was started through them has it too. */
const launchers = [
  'npm_command',
  'npm_execpath',
  'npm_node_execpath',
  'npm_lifecycle_*',
  'npm_package_*',
  'INIT_CWD',
  'NODE_CHANNEL_*',
  'NODE_UNIQUE_ID',
];

/** Never for a delegate: our own are made for it anew. */
const never = ['BRIDGE_*', 'QANTARA_*', ...bookkeeping];

/** What the owner says about the environment of delegates: `[env]` of config.toml. A `*` at the end is a prefix. */
export interface EnvironmentRules {
  /** Marks of other vendors' sessions that reach a delegate all the same. */
  pass: readonly string[];
  /** What reaches no delegate. */
  drop: readonly string[];
  /** Over everything else. */
  set: Readonly<Record<string, string>>;
}

const matchesAny = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));

/**
 * The environment of the person's login shell, as a terminal would have it. A host may have started the daemon with
 * a stripped one, so what the daemon itself inherited is only the fallback, and only its basics. Never rejects;
 * takes 5 s at most.
 */
export async function loginEnvironment(): Promise<Environment> {
  const inherited: Environment = {};
  for (const name of basics) if (process.env[name]) inherited[name] = process.env[name];
  return { ...inherited, ...(await captureEnvironment(inherited)) };
}

/**
 * Whether a variable stays: not one that marks a session of the agent's own CLI, which must not take itself for a part
 * of it; one that marks another host's session, or is left by what started it, only where the owner lets it pass.
 */
function staysFor(agent: Agent, { pass, drop }: EnvironmentRules): (name: string) => boolean {
  const own = [...never, ...agent.host.sessionVariables];
  const foreign = [...launchers, ...agents.flatMap(({ host }) => host.sessionVariables)];
  return (name) =>
    !matchesAny(name, own) && (!matchesAny(name, foreign) || matchesAny(name, pass)) && !matchesAny(name, drop);
}

/**
 * The environment of a delegate: the login shell's, the caller's over it (its virtual environment and project
 * variables), PATH with the caller's entries first and the login shell's after them, without the markers of a host's
 * session, and as `rules` say. Entries of PATH that are empty, which means the working directory, or are a
 * host's own are dropped.
 */
export function delegateEnvironment(
  { login, caller }: { login: Environment; caller: Environment },
  agent: Agent,
  rules: EnvironmentRules,
): Environment {
  const entries = [caller, login]
    .flatMap(({ PATH = '' }) => PATH.split(':'))
    .filter((entry) => entry !== '' && !agents.some(({ host }) => host.ownPath?.test(entry)));
  const merged = { ...login, ...caller, PATH: [...new Set(entries)].join(':') };
  const stays = staysFor(agent, rules);
  return { ...Object.fromEntries(Object.entries(merged).filter(([name]) => stays(name))), ...rules.set };
}
