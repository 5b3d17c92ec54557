import { splitLines } from './lines.ts';
import { type Id, idAtTheEnds } from './messages.ts';

export interface Host {
  /** Writes one line of the protocol; nothing else may ever reach stdout. */
  write(line: Buffer | string): void;
}

export interface HostHandlers {
  onLine(line: Buffer): void;
  /** A line over the limit; `id` where it could be told. */
  onTooLong(id: Id | undefined): void;
}

/** ms; after the host closed our stdin, answers may drain for as long as it takes some of them in each such time. */
const drainMs = 500;

/**
 * The host on stdin and stdout. The end of stdin ends the process with code 0, as MCP asks, once what was written has
 * left it; so does a stdout that nobody reads any more. Signals keep their default: they end a process at once.
 */
export function talkToHost(maxLineBytes: number, { onLine, onTooLong }: HostHandlers): Host {
  const leave = (): void => process.exit(0);
  const split = splitLines(maxLineBytes, {
    onLine,
    onTooLong: (head, tail) => onTooLong(idAtTheEnds(head.toString('latin1'), tail.toString('latin1'))),
  });
  process.stdout.on('error', leave);
  process.stdin.on('data', split);
  process.stdin.on('error', leave);
  process.stdin.on('end', () => {
    if (process.stdout.writableLength === 0) return leave();
    process.stdout.end(leave);
    let left = process.stdout.writableLength;
    setInterval(() => {
      if (process.stdout.writableLength === left) leave();
      left = process.stdout.writableLength;
    }, drainMs);
  });
  return {
    write: (line) => {
      process.stdout.write(typeof line === 'string' ? `${line}\n` : Buffer.concat([line, Buffer.from('\n')]));
    },
  };
}
