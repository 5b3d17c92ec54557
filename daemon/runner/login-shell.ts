import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import type { Readable } from 'node:stream';

/** What each way of asking may take; ms. */
const interactiveMs = 3_000;
const plainMs = 1_500;
/** How long what the shell wrote may be on its way after the shell has ended; ms. */
const settleMs = 200;

/** The person's login shell: hosts that strip the environment may take SHELL away. */
function shellOf(environment: Record<string, string>): string {
  if (environment.SHELL?.startsWith('/')) return environment.SHELL;
  try {
    return userInfo().shell || '/bin/sh';
  } catch {
    return '/bin/sh'; // this user is in no password file
  }
}

/** `env -0` output as variables; undefined where it is none. */
function parse(output: Buffer): Record<string, string> | undefined {
  const entries = output.toString('utf8').split('\0');
  // Not closed by NUL: the shell was stopped in the middle.
  if (entries.pop() !== '' || entries.length === 0) return undefined;
  const found: Record<string, string> = {};
  for (const entry of entries) {
    const at = entry.indexOf('=');
    if (at > 0) found[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return found;
}

/**
 * Runs `env -0` in the shell. The command is a constant, so nothing is parsed by a shell that is data; its output
 * comes through descriptor 3, so what a profile prints does not mix with it. The shell is a session of its own: no
 * terminal to wait for, and whatever it started is ended with it. A profile that leaves a process behind does not
 * hold us up: the end of the shell counts, not of the pipe.
 */
function ask(shell: string, flags: string[], env: Record<string, string>, limitMs: number) {
  return new Promise<Record<string, string> | undefined>((resolve) => {
    const child = spawn(shell, [...flags, '-c', 'env -0 >&3'], {
      env,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const output = child.stdio[3] as Readable;
    const chunks: Buffer[] = [];
    const finish = (): void => {
      clearTimeout(limit);
      output.destroy();
      resolve(parse(Buffer.concat(chunks)));
    };
    const limit = setTimeout(() => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // it has ended just now
      }
      finish();
    }, limitMs);
    output.on('data', (chunk: Buffer) => chunks.push(chunk));
    output.on('end', finish).on('error', finish);
    child.on('error', finish);
    child.on('exit', () => setTimeout(finish, settleMs));
  });
}

/**
 * The environment that the person's shell sets up: as an interactive login shell, since many keep their variables in
 * `.bashrc` or `.zshrc`, else as a plain one. Undefined where neither answers in time.
 */
export async function captureEnvironment(
  inherited: Record<string, string>,
): Promise<Record<string, string> | undefined> {
  const shell = shellOf(inherited);
  return (await ask(shell, ['-l', '-i'], inherited, interactiveMs)) ?? (await ask(shell, ['-l'], inherited, plainMs));
}
