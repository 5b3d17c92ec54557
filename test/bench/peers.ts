import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineWords } from './machine.ts';
import { interleaved, median, series } from './measure.ts';
import { talkTo } from './raw-host.ts';
import { memoryOf } from './readings.ts';
import { privateOf } from './scenarios/memory.ts';
import { untilEnded, untilListed } from './scenarios/shim.ts';
import { inWorld, programs, type World } from './world.ts';

/** An MCP server that wraps one of the CLIs, as published. `call`: a tool of it that starts no agent. */
interface Peer {
  name: string;
  version: string;
  entry: string;
  call?: { tool: string; given: object };
}

const peers: readonly Peer[] = [
  { name: '@steipete/claude-code-mcp', version: '1.10.12', entry: 'dist/server.js' },
  { name: 'codex-mcp-server', version: '1.4.10', entry: 'dist/index.js', call: { tool: 'ping', given: {} } },
  // Its ping runs `echo`.
  { name: 'gemini-mcp-tool', version: '1.1.8', entry: 'dist/index.js', call: { tool: 'ping', given: {} } },
];

const cache = join(import.meta.dirname, '../../.cache/peers');

/** The program of a peer, installed once into the cache folder, without its install scripts. */
function install({ name, version, entry }: Peer): string {
  const folder = join(cache, `${name.replaceAll(/[@/]/g, '_')}-${version}`);
  const program = join(folder, 'node_modules', name, entry);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', ['install', ...options, `${name}@${version}`], { cwd: folder, stdio: ['ignore', 2, 2] });
  return program;
}

export interface Row {
  server: string;
  /** × `node -e 0`, until `tools/list` is answered. */
  start: number;
  /** MB of private memory of one of a dozen. */
  memory: number;
  /** ms of a call that starts no agent, p50; undefined where there is none. */
  call?: number;
}

async function measure(world: World, args: readonly string[], call: Peer['call'], short: boolean) {
  const starts = await interleaved(
    short ? 7 : 31,
    () => untilListed(() => world.node(args)),
    () => untilEnded(() => world.node(['-e', '0'])),
  );
  const memory = await privateOf(world, args, true);
  const row = { start: median(starts.ours) / median(starts.floor), memory };
  if (!call) return row;
  const host = talkTo(world.node(args));
  await host.initialize();
  const one = () => host.call(call.tool, call.given);
  await series(50, one);
  const times = await series(short ? 200 : 1_000, one);
  await host.kill();
  return { ...row, call: median(times) };
}

/** Ours and every peer in one table, and what the one daemon of ours holds; MB. */
export async function measurePeers(short: boolean): Promise<{ rows: Row[]; daemon: number }> {
  return await inWorld({}, async (world) => {
    const daemon = await world.startDaemon();
    const check = { tool: 'check_job', given: {} };
    const ours = await measure(world, [programs.shim, '--host', 'claude'], check, short);
    const rows: Row[] = [{ server: 'qantara', ...ours }];
    for (const peer of peers) {
      const row = await measure(world, [install(peer)], peer.call, short);
      rows.push({ server: `${peer.name} ${peer.version}`, ...row });
    }
    return { rows, daemon: memoryOf(daemon).private };
  });
}

/** The table of README. */
export function peerTable({ rows, daemon }: Awaited<ReturnType<typeof measurePeers>>): string {
  const cells = rows.map(
    ({ server, start, memory, call }) =>
      `| ${server} | ${start.toFixed(2)} × | ${memory.toFixed(1)} MB | ${call === undefined ? '–' : `${call.toFixed(2)} ms`} |`,
  );
  return [
    `On ${machineWords()}. Start: to \`tools/list\` answered, against \`node -e 0\`. Memory: private, one of twelve; ours`,
    `also needs one daemon for all hosts together (${daemon.toFixed(0)} MB). Call: one that starts no agent, p50; a peer answers it in its own`,
    'process, ours asks the daemon and its store.',
    '',
    '| server | start | memory | call |',
    '|---|---|---|---|',
    ...cells,
  ].join('\n');
}
