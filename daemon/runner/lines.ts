/** A line of output: its text without the newline, and the byte after it. A line that is too long has no text. */
export interface Line {
  text: string | undefined;
  /** Its length without the newline. */
  bytes: number;
  /** Offset of the byte after it, where reading goes on after a restart. */
  end: number;
}

export interface LineSplitter {
  /** The lines that `chunk` completes, each made when it is asked for. All have to be taken before the next chunk. */
  push(chunk: Buffer): Iterable<Line>;
  /** What stands after the last newline, as a last line; nothing where that is empty. */
  flush(): Line[];
}

const newline = 10;
const carriageReturn = 13;

/**
 * Splits a stream into lines as bytes, starting at byte `offset` of it. Only whole lines are decoded, so a character
 * that falls between two chunks stays whole; invalid UTF-8 becomes U+FFFD. A carriage return before the newline is
 * not part of the text. Holds at most `maxBytes` of an unfinished line: a longer one is counted, not kept.
 */
export function lineSplitter(offset: number, maxBytes: number): LineSplitter {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let at = offset;

  const hold = (piece: Buffer): void => {
    heldBytes += piece.length;
    if (heldBytes > maxBytes) held = [];
    // A copy: the chunk is read into again.
    else held.push(Buffer.from(piece));
  };
  /** What was held and the bytes of `chunk` from `start` to `stop`, as a line. */
  const take = (chunk: Buffer, start: number, stop: number, end: number): Line => {
    const bytes = heldBytes + stop - start;
    const whole = held.length > 0 ? Buffer.concat([...held, chunk.subarray(start, stop)]) : chunk;
    const from = held.length > 0 ? 0 : start;
    held = [];
    heldBytes = 0;
    if (bytes > maxBytes) return { text: undefined, bytes, end };
    const to = from + bytes;
    return {
      text: whole.toString('utf8', from, to > from && whole[to - 1] === carriageReturn ? to - 1 : to),
      bytes,
      end,
    };
  };
  return {
    *push(chunk) {
      const from = at;
      at += chunk.length;
      let start = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
        yield take(chunk, start, end, from + end + 1);
        start = end + 1;
      }
      if (start < chunk.length) hold(chunk.subarray(start));
    },
    flush: () => (heldBytes > 0 ? [take(Buffer.alloc(0), 0, 0, at)] : []),
  };
}
