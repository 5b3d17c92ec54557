import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { onTestFinished } from 'vitest';
import { killIfAlive } from './shim.ts';

export interface OnTerminal {
  pid: number;
  /** All that it wrote so far, escape sequences included. */
  output(): string;
  type(text: string): void;
  /** Its exit code, once it has ended and all of its output is there. */
  ended: Promise<number>;
}

/** The built `qantara` on a pseudo-terminal of its own. It ends with the test. */
export function onTerminal(
  args: readonly string[],
  { environment, cwd, columns = 100 }: { environment: Record<string, string>; cwd: string; columns?: number },
): OnTerminal {
  const program = join(import.meta.dirname, '../../dist/qantara.js');
  const terminal = spawn(process.execPath, [program, ...args], {
    cols: columns,
    rows: 30,
    cwd,
    env: { TERM: 'xterm-256color', ...environment },
  });
  let output = '';
  terminal.onData((text) => {
    output += text;
    // What a program asks its terminal before it draws: where the cursor is, and what the terminal is.
    if (text.includes('\u001b[6n')) terminal.write('\u001b[1;1R');
    if (text.includes('\u001b[c') || text.includes('\u001b[0c')) terminal.write('\u001b[?62c');
  });
  const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  onTestFinished(() => killIfAlive(terminal.pid));
  return { pid: terminal.pid, output: () => output, type: (text) => terminal.write(text), ended };
}
