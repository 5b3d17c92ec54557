import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

interface Answer {
  id?: number;
  result?: { content?: { text: string }[]; isError?: boolean };
  error?: { message: string };
}

/**
 * An MCP host on a child's stdin and stdout with next to no cost of its own, so that the same code can drive us, a
 * peer and a floor.
 */
export interface RawHost {
  pid: number;
  request(method: string, params?: object): Promise<Answer>;
  initialize(): Promise<void>;
  /** The text of a tool's answer. Throws where it is an error. */
  call(tool: string, given?: object): Promise<string>;
  /** Closes stdin and waits until the process has ended. */
  close(): Promise<void>;
  /** Ends it whatever it thinks of a closed stdin. */
  kill(): Promise<void>;
}

export const initializeParams = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
};

export function talkTo(child: ChildProcess): RawHost {
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  const stdin = child.stdin as Writable;
  let next = 0;
  let held = '';
  const stdout = child.stdout as Readable;
  stdout.setEncoding('utf8');
  stdout.on('data', (chunk: string) => {
    const lines = (held + chunk).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('{')) continue; // a peer prints words too
      const answer = JSON.parse(line) as Answer;
      if (answer.id === undefined) continue;
      waiting.get(answer.id)?.resolve(answer);
      waiting.delete(answer.id);
    }
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('close', () => {
    for (const { reject } of waiting.values()) reject(new Error(`process ${child.pid} ended without an answer`));
  });
  const send = (message: object): void => void stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const request = (method: string, params: object = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      send({ id, method, params });
    });
  return {
    pid: child.pid as number,
    request,
    initialize: async () => {
      const { error } = await request('initialize', initializeParams);
      if (error) throw new Error(error.message);
      send({ method: 'notifications/initialized' });
    },
    call: async (tool, given = {}) => {
      const { result, error } = await request('tools/call', { name: tool, arguments: given });
      const text = error?.message ?? (result?.content ?? []).map((block) => block.text).join('\n');
      if (error || result?.isError) throw new Error(`${tool}: ${text}`);
      return text;
    },
    close: async () => {
      stdin.end();
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
