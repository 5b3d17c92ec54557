import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

export interface Answer {
  text: string;
  isError: boolean;
}

/** A host as the bridge sees one: an MCP client that started a shim of its own and talks to it over stdio. */
export interface Host {
  /** Of the shim. */
  pid: number;
  /** Calls a tool; `onProgress` gets the text of every progress notification. Rejects when the shim is gone. */
  call(tool: string, given?: Record<string, unknown>, onProgress?: (message: string) => void): Promise<Answer>;
  /** Closes stdin, as a host that ends does, and returns when the shim has ended. */
  close(): Promise<void>;
}

export const shim = join(import.meta.dirname, '../../dist/qantara-shim.js');

/** The name that the demo has as a host, as in `qantara-shim --host demo`. */
const hostName = 'demo';

/** Starts a host that works in `cwd`. Its calls are given up after `timeout` ms, and when `signal` is aborted. */
export async function openHost(
  cwd: string,
  environment: Record<string, string>,
  limits: { timeout: number; signal?: AbortSignal },
): Promise<Host> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [shim, '--host', hostName],
    env: environment,
    cwd,
    stderr: 'inherit',
  });
  const client = new Client({ name: 'qantara-demo', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(transport);
  const { pid } = transport;
  if (pid === null) throw new Error('qantara-shim ended as soon as it was started.');
  return {
    pid,
    call: async (tool, given = {}, onProgress = () => {}) => {
      const onprogress = ({ message }: { message?: string }) => message && onProgress(message);
      const result = await client.callTool({ name: tool, arguments: given }, { ...limits, onprogress });
      const blocks = result.content as { text: string }[];
      return { text: blocks.map((block) => block.text).join('\n'), isError: result.isError === true };
    },
    close: () => client.close(),
  };
}
