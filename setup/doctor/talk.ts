import { spawn } from 'node:child_process';

/** What a shim is started with. */
export interface Started {
  command: string;
  args: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  cwd?: string;
}

export interface Talk {
  /** What the shim says that it is. */
  serverVersion?: string | undefined;
  /** The text of `check_job`'s answer, and whether it is an error; absent when it was not called. */
  answer?: { text: string; isError: boolean };
  /** ms from the start of the process to the last answer. */
  ms: number;
}

const limitMs = 25_000;

interface Message {
  id?: number;
  error?: { message: string };
  result?: { serverInfo?: { version?: string }; content?: { text: string }[]; isError?: boolean };
}

/**
 * Starts a shim as a host does, opens MCP and, with `call`, lists jobs with `check_job`, which goes through the daemon
 * and runs no agent. Throws with what was wrong: it cannot be started, ends, or does not answer within 25 s.
 */
export function talk({ command, args, environment, cwd }: Started, { call }: { call: boolean }): Promise<Talk> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const shim = spawn(command, args, { env: { ...environment }, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const [waiting, said]: [Talk, { out: string; err: string }] = [{ ms: 0 }, { out: '', err: '' }];
    const finish = (error?: string): void => {
      clearTimeout(timer);
      shim.removeAllListeners('exit');
      shim.stdin.end();
      shim.kill();
      waiting.ms = performance.now() - began;
      if (error) reject(new Error(error));
      else resolve(waiting);
    };
    const timer = setTimeout(() => finish(`it did not answer within ${limitMs / 1000} s`), limitMs);
    const send = (message: object): boolean => shim.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const onMessage = ({ id, result, error }: Message): void => {
      if (error) return finish(error.message);
      if (id === 1) {
        waiting.serverVersion = result?.serverInfo?.version;
        if (!call) return finish();
        send({ method: 'notifications/initialized' });
        send({ id: 2, method: 'tools/call', params: { name: 'check_job', arguments: {} } });
      } else if (id === 2) {
        const text = result?.content?.map((block) => block.text).join('\n') ?? '';
        waiting.answer = { text, isError: result?.isError === true };
        finish();
      }
    };
    shim.on('error', (error) => finish(`it cannot be started: ${error.message}`));
    shim.on('exit', (code, signal) => {
      const words = said.err.trim().split('\n').at(-1);
      finish(`it ended with ${signal ?? `exit code ${code}`}${words ? `: ${words}` : ''}`);
    });
    shim.stdin.on('error', () => {}); // Its end is told by `exit`.
    shim.stderr.on('data', (chunk) => (said.err += chunk));
    shim.stdout.setEncoding('utf8').on('data', (chunk) => {
      said.out += chunk;
      for (let end = said.out.indexOf('\n'); end >= 0; end = said.out.indexOf('\n')) {
        const line = said.out.slice(0, end);
        said.out = said.out.slice(end + 1);
        try {
          onMessage(JSON.parse(line) as Message);
        } catch {
          return finish(`it wrote what is no JSON: ${line.slice(0, 200)}`);
        }
      }
    });
    const clientInfo = { name: 'qantara-doctor', version: '1' };
    send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
  });
}
