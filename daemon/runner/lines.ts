import type { Bulk } from '../../shared/agents/agent.ts';

/**
 * A line of output: its text without the newline and, where it is long, its bulk, and the byte after it. A line that is
 * too long has no text.
 */
export interface Line {
  text: string | undefined;
  /** Its length without the newline. */
  bytes: number;
  /** Offset of the byte after it, where reading goes on after a restart. */
  end: number;
}

/** Where the splitting of a stream is. */
export interface Splitter {
  /** The pieces of an unfinished line, and how long they are, kept or not. */
  held: Buffer[];
  heldBytes: number;
  /** Offset of the byte after the last chunk. */
  at: number;
  readonly maxBytes: number;
  readonly bulk?: Readonly<Sought>;
}

/** `Bulk` as it is looked for: its end by `few` bytes of it, which begin at `offset`. */
interface Sought {
  begin: Buffer;
  end: Buffer;
  few: Buffer;
  offset: number;
}

const newline = 10;
const carriageReturn = 13;
/** Where a line is shorter, looking for bulk costs more than reading it; bytes. */
const long = 1_000;

/** Letters that few words have. */
const rare = /[zqxjkv]/;
/** As many bytes Node finds by their first one (`memchr`): 0.1 µs in a page of text. For more bytes that took 1.6 µs. */
const mostFew = 7;

function sought({ begin, end }: Bulk): Sought {
  const offset = Math.max(0, end.search(rare));
  return {
    begin: Buffer.from(begin),
    end: Buffer.from(end),
    few: Buffer.from(end.slice(offset, offset + mostFew)),
    offset,
  };
}

/** Where the bulk that begins at byte `from` ends; negative where it does not. */
function endOfBulk(line: Buffer, { end, few, offset }: Sought, from: number): number {
  const at = line.indexOf(few, from + offset) - offset;
  return at < 0 || line.subarray(at, at + end.length).equals(end) ? at : line.indexOf(end, at + 1);
}

/** A line without its bulk, which is neither decoded nor parsed; changes `line`. */
function textOf(line: Buffer, bulk: Sought): string {
  const from = line.indexOf(bulk.begin) + bulk.begin.length;
  const to = from < bulk.begin.length ? -1 : endOfBulk(line, bulk, from);
  if (to < 0) return line.toString('utf8');
  line.copyWithin(from, to);
  return line.toString('utf8', 0, from + line.length - to);
}

/**
 * A beginning for `linesIn` and `lastLine`, at byte `at` of a stream. At most `maxBytes` of an unfinished line are held:
 * a longer one is counted, not kept.
 */
export const splitterFrom = (at: number, maxBytes: number, bulk?: Bulk): Splitter => ({
  held: [],
  heldBytes: 0,
  at,
  maxBytes,
  bulk: bulk && sought(bulk),
});

// No closures of each stream: V8 optimises those anew for every one. Of ten jobs at once, 100 MB took 660 ms, and 510
// like this (with `taken` in jobs/follow.ts).

/**
 * The lines that `chunk` completes, each made when it is asked for. All have to be taken before the next chunk; the
 * chunk may be changed. Only whole lines are decoded, so a character that falls between two chunks stays whole; invalid
 * UTF-8 becomes U+FFFD. A carriage return before the newline is not part of the text, nor is the bulk of a long line.
 */
export function* linesIn(splitter: Splitter, chunk: Buffer): Generator<Line> {
  const from = splitter.at;
  splitter.at += chunk.length;
  let start = 0;
  for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
    yield take(splitter, chunk, start, end, from + end + 1);
    start = end + 1;
  }
  if (start < chunk.length) hold(splitter, chunk.subarray(start));
}

/** What stands after the last newline, as a last line; nothing where that is empty. */
export const lastLine = (splitter: Splitter): Line[] =>
  splitter.heldBytes > 0 ? [take(splitter, Buffer.alloc(0), 0, 0, splitter.at)] : [];

function hold(splitter: Splitter, piece: Buffer): void {
  splitter.heldBytes += piece.length;
  if (splitter.heldBytes > splitter.maxBytes) splitter.held = [];
  // A copy: the chunk is read into again.
  else splitter.held.push(Buffer.from(piece));
}

/** What was held and the bytes of `chunk` from `start` to `stop`, as a line. */
function take(splitter: Splitter, chunk: Buffer, start: number, stop: number, end: number): Line {
  const { held, heldBytes, maxBytes, bulk } = splitter;
  const bytes = heldBytes + stop - start;
  const whole = held.length > 0 ? Buffer.concat([...held, chunk.subarray(start, stop)]) : chunk;
  const from = held.length > 0 ? 0 : start;
  if (heldBytes > 0) {
    splitter.held = [];
    splitter.heldBytes = 0;
  }
  if (bytes > maxBytes) return { text: undefined, bytes, end };
  const to = from + bytes - (bytes > 0 && whole[from + bytes - 1] === carriageReturn ? 1 : 0);
  const text = bulk && bytes > long ? textOf(whole.subarray(from, to), bulk) : whole.toString('utf8', from, to);
  return { text, bytes, end };
}
