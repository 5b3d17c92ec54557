import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { compare, figure, interleaved } from '../measure.ts';
import { initializeParams } from '../raw-host.ts';
import type { Scenario } from '../scenario.ts';
import { exitOf, inWorld, programs } from '../world.ts';

export const shim: Scenario = {
  name: 'shim',
  title: 'shim: spawn to `initialize` and `tools/list` answered',
  floor: '`node -e 0`',
  bounds: [{ figure: 'start', unit: '×', limit: 1.25, better: 'less' }],
  run: ({ short }) =>
    inWorld({}, async ({ node }) => {
      const times = await interleaved(
        short ? 15 : 61,
        () => untilListed(() => node([programs.shim, '--host', 'claude'])),
        () => untilEnded(() => node(['-e', '0'])),
      );
      return [figure('start', times, compare.ratio)];
    }),
};

const opening = [
  { jsonrpc: '2.0', id: 0, method: 'initialize', params: initializeParams },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  { jsonrpc: '2.0', id: 1, method: 'tools/list' },
]
  .map((message) => `${JSON.stringify(message)}\n`)
  .join('');

/** ms from the spawn of an MCP server until it has answered a host's opening. It has ended when this resolves. */
export async function untilListed(start: () => ChildProcess): Promise<number> {
  const began = performance.now();
  const child = start();
  const ended = exitOf(child);
  (child.stdin as Writable).write(opening);
  const listedAt = await new Promise<number>((resolve, reject) => {
    let text = '';
    (child.stdout as Readable).on('data', (chunk) => {
      text += chunk;
      if (/"id":1[,}]/.test(text) && text.endsWith('\n')) resolve(performance.now());
    });
    ended.then((code) => reject(new Error(`the server ended with exit code ${code}: ${text}`)));
  });
  child.kill('SIGKILL');
  await ended;
  return listedAt - began;
}

/** ms from the spawn of a process to its end. */
export async function untilEnded(start: () => ChildProcess): Promise<number> {
  const began = performance.now();
  const code = await exitOf(start());
  if (code !== 0) throw new Error(`the process ended with exit code ${code}`);
  return performance.now() - began;
}
