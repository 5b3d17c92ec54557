import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { put, stateOf } from './setup-place.ts';

/** A HOME with agent CLIs that can only say their version, in which the built `qantara` runs. */
export interface Machine {
  home: string;
  environment: Record<string, string>;
  qantara(...args: string[]): SpawnSyncReturns<string>;
  /** The same with a terminal, on which `answer` is typed. */
  onTerminal(answer: string, ...args: string[]): Promise<{ code: number | null; output: string }>;
  /** Every file of the person below HOME with mode and text, without the state folder and the CLIs. */
  files(): Record<string, string>;
}

const program = resolve(import.meta.dirname, '..', '..', 'dist', 'qantara.js');
const limitMs = 30_000;

export function machine(clis: readonly string[], more: Record<string, string> = {}): Machine {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'qantara-machine-')));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const bin = join(home, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const name of clis) {
    // Like the real ones, it leaves something in its HOME whenever it runs.
    writeFileSync(join(bin, name), `#!/bin/sh\necho x >"$HOME/.${name}-was-here"\necho "${name} 1.2.3"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const environment = { HOME: home, PATH: `${bin}:/usr/bin:/bin`, NO_COLOR: '1', TERM: 'dumb', ...more };
  return {
    home,
    environment,
    qantara: (...args) =>
      spawnSync(process.execPath, [program, ...args], {
        cwd: home,
        env: environment,
        encoding: 'utf8',
        timeout: limitMs,
      }),
    onTerminal: (answer, ...args) => terminal(answer, [process.execPath, program, ...args], home, environment),
    files: () => filesBelow(home),
  };
}

/** `script` gives the command a terminal; its arguments differ between Linux and macOS. */
function terminal(answer: string, command: string[], cwd: string, environment: Record<string, string>) {
  const args =
    process.platform === 'darwin' ? ['-q', '/dev/null', ...command] : ['-qec', command.join(' '), '/dev/null'];
  const child = spawn('script', args, { cwd, env: { ...environment, SHELL: '/bin/sh' }, timeout: limitMs });
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    let output = '';
    let asked = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (asked || !output.includes('[y/N]')) return;
      asked = true;
      child.stdin.write(answer);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

function filesBelow(home: string): Record<string, string> {
  const entries = readdirSync(home, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const own = paths.map((path) => relative(home, path)).filter((path) => !/^(\.qantara|bin)\//.test(path));
  return Object.fromEntries(own.sort().map((path) => [path, stateOf(join(home, path))]));
}

/** Settings as people have them, for all three agents. */
export function settle(home: string): void {
  put(
    join(home, '.claude.json'),
    '{\n  "numStartups": 12,\n  "mcpServers": {\n    "other": { "command": "x", "env": { "API_KEY": "hidden" } }\n  }\n}\n',
    0o600,
  );
  put(
    join(home, '.codex', 'config.toml'),
    '# mine\nmodel = "m" # best\n\n[projects."/x"]\ntrust_level = "trusted"\n',
    0o640,
  );
  put(join(home, '.gemini', 'settings.json'), '{\r\n\t// dark\r\n\t"ui": { "theme": "Dark" }\r\n}\r\n', 0o644);
}
