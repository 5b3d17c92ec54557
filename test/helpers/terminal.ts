import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import type { Machine } from './bridge.ts';
import { until } from './wait.ts';

const program = join(import.meta.dirname, '../../dist/qantara.js');

/** A program in a real pseudo-terminal. */
export interface Terminal {
  /** All that it wrote so far, control characters included. */
  output(): string;
  /** Waits until it has written what matches. */
  sees(pattern: RegExp, timeoutMs?: number): Promise<void>;
  /** Types; `\u0003` is Ctrl-C. */
  type(keys: string): void;
  /** Its exit code, once it has ended. */
  ended: Promise<number>;
}

/** Starts `qantara` on the machine, in a terminal of its own with so many columns. */
export function terminal(on: Machine, args: string[], { columns = 80, cwd = on.project() } = {}): Terminal {
  const child = spawn(process.execPath, [program, ...args], {
    name: 'xterm-256color',
    cols: columns,
    rows: 24,
    cwd,
    env: { ...on.environment, TERM: 'xterm-256color' },
  });
  let output = '';
  child.onData((data) => {
    output += data;
  });
  return {
    output: () => output,
    sees: async (pattern, timeoutMs = 15_000) => {
      const what = () => `${pattern} in ${JSON.stringify(output.slice(-2000))}`;
      await until(() => pattern.test(output), { timeoutMs }).catch(() => {
        throw new Error(`waited in vain for ${what()}`);
      });
    },
    type: (keys) => child.write(keys),
    ended: new Promise((resolve) => child.onExit(({ exitCode }) => resolve(exitCode))),
  };
}

/** What stood on the line that a spinner rewrites, each time; without the escape sequences of our own. */
export const frames = (output: string): string[] =>
  output
    .split('\r\u001b[2K')
    .slice(1)
    .map((frame) => frame.split(/[\r\n]/)[0] ?? '')
    .filter((frame) => frame !== '');
