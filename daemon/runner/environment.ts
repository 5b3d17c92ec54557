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

/** Variables of any host's session, and of ours: a delegate must not take itself for a part of them. */
const foreign = [
  'BRIDGE_*',
  'QANTARA_*',
  ...bookkeeping,
  ...launchers,
  ...agents.flatMap((agent) => agent.host.sessionVariables),
];

const matches = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

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
 * The environment of a delegate: the login shell's, the caller's over it (its virtual environment and project
 * variables), PATH with the caller's entries first and the login shell's after them, without the markers of a host's
 * session. Empty entries of PATH, which mean the working directory, are dropped.
 */
export function delegateEnvironment({ login, caller }: { login: Environment; caller: Environment }): Environment {
  const entries = [...(caller.PATH ?? '').split(':'), ...(login.PATH ?? '').split(':')].filter(Boolean);
  const merged = { ...login, ...caller, PATH: [...new Set(entries)].join(':') };
  return Object.fromEntries(
    Object.entries(merged).filter(([name]) => !foreign.some((pattern) => matches(name, pattern))),
  );
}
