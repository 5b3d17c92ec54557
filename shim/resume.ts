import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Agent } from '../shared/agents/agent.ts';
import { agentNamed } from '../shared/agents/index.ts';
import { QantaraError, wordsOf } from '../shared/errors.ts';
import type { SessionRow } from '../shared/wire.ts';

/** What a person runs to go on with a session in its CLI's own screen. */
export interface Resume {
  cwd: string;
  /** The executable and its arguments; none goes through a shell. */
  command: string[];
}

/** The command for a session. Throws `no_such_session` where this release knows no such agent or its ids have another shape. */
export function resumeOf({ agent: name, id, cwd }: SessionRow): Resume {
  const agent = agentNamed(name);
  if (!agent?.sessionId.test(id)) throw new QantaraError('no_such_session', { session: id });
  return { cwd, command: [agent.binary, ...agent.resume(id)] };
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** The same as a line for a POSIX shell. */
export const shellLine = ({ cwd, command }: Resume): string => `cd ${quoted(cwd)} && ${command.map(quoted).join(' ')}`;

/**
 * Runs it on this terminal, in its directory, and returns its exit code as a shell would (128 and the signal). Ctrl-C is
 * the CLI's own matter meanwhile. Throws `session_busy` while a job uses it, `session_gone` where the directory is not there, `agent_not_installed` or
 * `spawn_failed` where it does not start.
 */
export function runResume({ agent: name, id, busy }: SessionRow, { cwd, command }: Resume): Promise<number> {
  const { title, binary, install } = agentNamed(name) as Agent;
  if (busy !== null) throw new QantaraError('session_busy', { title, session: id, job: busy });
  if (!existsSync(cwd)) throw new QantaraError('session_gone', { home: cwd, title, session: id });
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, stdio: 'inherit' });
    const ignore = (): void => {};
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    // The terminal sends these two to everybody on it; the others come to this process alone.
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, ignore);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
    child.on('error', (error: NodeJS.ErrnoException) => {
      const data = { title, binary, install, path: process.env.PATH ?? '', message: wordsOf(error) };
      reject(new QantaraError(error.code === 'ENOENT' ? 'agent_not_installed' : 'spawn_failed', data, error));
    });
    child.on('exit', (code, signal) => {
      for (const one of ['SIGINT', 'SIGQUIT'] as const) process.off(one, ignore);
      for (const one of ['SIGTERM', 'SIGHUP'] as const) process.off(one, pass);
      resolve(signal ? 128 + constants.signals[signal] : (code ?? 1));
    });
  });
}
