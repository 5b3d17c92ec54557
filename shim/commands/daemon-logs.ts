import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { pathsIn } from '../../shared/paths.ts';
import { splitLines } from '../lines.ts';
import { safe } from '../terminal.ts';

const pollMs = 250;
/** Bytes; how much of the end of the log is looked at. */
const tailBytes = 1024 * 1024;
const lineBytes = 1024 * 1024;

/** `qantara daemon logs`: what the daemon noted, also when none runs. */
export function addDaemonLogs(daemon: Command): void {
  daemon
    .command('logs')
    .description('the latest lines of its log')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <number>', 'how many lines', readCount, 50)
    .addHelpText('after', '\nExamples:\n  qantara daemon logs -n 200\n  qantara daemon logs -f')
    .action(showLogs);
}

function readCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

async function showLogs({ follow, lines }: { follow?: boolean; lines: number }): Promise<void> {
  const { log } = pathsIn();
  const from = Math.max(0, sizeOf(log) - tailBytes);
  let held: string[] = [];
  let split = splitLines(lineBytes, { onLine: (line) => held.push(line.toString()) });
  let offset = readFrom(log, from, split);
  // The first line is half of one when the file was not read from its start.
  if (from > 0) held.shift();
  for (const line of lines === 0 ? [] : held.slice(-lines)) print(line);
  held = [];
  if (!follow) return;
  split = splitLines(lineBytes, { onLine: (line) => print(line.toString()) });
  while (true) {
    // Smaller than what was read: a new file took the place of the old one.
    if (sizeOf(log) < offset) offset = 0;
    offset = readFrom(log, offset, split);
    await sleep(pollMs);
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Feeds what the file holds from `offset` on to `split`; returns where it ended. A file that is not there is empty. */
function readFrom(path: string, offset: number, split: (chunk: Buffer) => void): number {
  if (sizeOf(path) <= offset) return offset;
  const file = openSync(path, 'r');
  try {
    let at = offset;
    for (;;) {
      const chunk = Buffer.alloc(64 * 1024);
      const count = readSync(file, chunk, 0, chunk.length, at);
      if (count === 0) return at;
      split(chunk.subarray(0, count));
      at += count;
    }
  } finally {
    closeSync(file);
  }
}

const levels: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** A line of pino as a person reads it: time, level, message, and the rest as `name=value`. */
export function readable(line: string): string {
  try {
    const { time, level, msg, pid: _pid, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const details = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const word = levels[Number(level)] ?? String(level);
    return safe([new Date(Number(time)).toISOString(), word.padEnd(5), msg, ...details].join(' '));
  } catch {
    return safe(line); // Not one of pino's lines; shown as it is.
  }
}

const print = (line: string): void => console.log(readable(line));
