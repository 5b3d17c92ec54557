import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '../../shim/messages.ts';
import { until } from './wait.ts';

const root = join(import.meta.dirname, '../..');

/** What the stand-in daemon noted; see test/fixtures/shim/qantara-daemon.js. */
export interface Entry {
  pid?: number;
  started?: number;
  environment?: string[];
  cwd?: string;
  head?: string;
  muted?: true;
  hello?: Record<string, unknown>;
  got?: Message;
}

export interface Shim {
  process: ChildProcess;
  /** Every line on stdout, parsed. */
  lines: Message[];
  stderr(): string;
  send(...messages: (object | string)[]): void;
  /** The answer to a request, when it has come. */
  answer(id: string | number): Promise<Message>;
  /** Exit code, once it has ended and all its output was read. */
  ended: Promise<number | null>;
}

/** A temporary HOME with the built shim, and the stand-in as its daemon. */
export interface Bench {
  home: string;
  shim(options?: { args?: string[]; environment?: Record<string, string>; cwd?: string }): Shim;
  diary(): Entry[];
  /** Pids of the daemons that were started, in order. */
  daemons(): number[];
  /** Makes a file in HOME that the stand-in looks at. */
  tell(name: string): void;
  untell(name: string): void;
  close(): Promise<void>;
}

export function bench(): Bench {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'qs-')));
  const dist = join(home, 'dist');
  mkdirSync(dist);
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }');
  copyFileSync(join(root, 'dist/qantara-shim.js'), join(dist, 'qantara-shim.js'));
  copyFileSync(join(root, 'test/fixtures/shim/qantara-daemon.js'), join(dist, 'qantara-daemon.js'));
  const diaryFile = join(home, 'diary.jsonl');
  const shims: Shim[] = [];

  const diary = (): Entry[] =>
    existsSync(diaryFile)
      ? readFileSync(diaryFile, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Entry)
      : [];
  const daemons = (): number[] => diary().flatMap(({ started }) => started ?? []);

  return {
    home,
    diary,
    daemons,
    tell: (name) => writeFileSync(join(home, name), ''),
    untell: (name) => rmSync(join(home, name), { force: true }),
    shim: ({ args = [], environment = {}, cwd = home } = {}) => {
      const shim = startShim(
        join(dist, 'qantara-shim.js'),
        args,
        { HOME: home, PATH: '/usr/bin:/bin', ...environment },
        cwd,
      );
      shims.push(shim);
      return shim;
    },
    close: async () => {
      for (const shim of shims) shim.process.kill('SIGKILL');
      await Promise.all(shims.map((shim) => shim.ended));
      for (const pid of daemons()) killIfAlive(pid);
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function startShim(program: string, args: string[], environment: Record<string, string>, cwd: string): Shim {
  const child = spawn(process.execPath, [program, ...args], { env: environment, cwd });
  const lines: Message[] = [];
  let held = '';
  let stderr = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    // Joined when a line is whole: to look through all of a long one at each chunk takes seconds.
    const parts = chunk.split('\n');
    parts[0] = held + parts[0];
    held = parts.pop() ?? '';
    // Whatever is not JSON fails the test here: stdout carries the protocol only.
    lines.push(...parts.map((part) => JSON.parse(part) as Message));
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {}); // A test may end the shim before all was read.
  return {
    process: child,
    lines,
    stderr: () => stderr,
    send: (...messages) => {
      for (const message of messages) {
        child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
      }
    },
    answer: (id) =>
      until(() => lines.find((line) => line.id === id && line.method === undefined), {
        timeoutMs: 20_000,
        what: `the answer to ${id}`,
      }),
    ended: new Promise((resolve) => child.on('close', resolve)),
  };
}

/** The messages of a legacy host's opening. */
export const opening = [
  {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test-host', version: '1' } },
  },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
];

export const call = (id: string | number, name: string, extra: object = {}): object => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {}, ...extra },
});

/** `_meta` of a request of the 2026-07-28 revision. */
export const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test-host', version: '1' },
};

export const textOf = (message: Message): string =>
  (message.result as { content: { text: string }[] }).content.map((block) => block.text).join('\n');
