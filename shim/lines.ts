/** What `idAtTheEnds` needs of a line that was thrown away. */
const keptBytes = 4096;

/** A copy, so that the bytes before it can be freed. */
const copyOfEnd = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(-keptBytes));

export interface Lines {
  /** One whole line without its newline. */
  onLine(line: Buffer): void;
  /** A line longer than the cap: its first and last 4 KiB. The rest was never kept. */
  onTooLong?(head: Buffer, tail: Buffer): void;
}

/**
 * Splits chunks into lines at byte 10, so that no character is cut. Memory stays below `capBytes` and one chunk; a
 * longer line is dropped and reported when it ends. Bytes after the last newline are kept, never delivered.
 */
export function splitLines(capBytes: number, { onLine, onTooLong }: Lines): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let held = 0;
  let head: Buffer | undefined;
  let tail: Buffer = Buffer.alloc(0);

  const keep = (part: Buffer): void => {
    held += part.length;
    if (head) {
      tail = part.length < keptBytes ? Buffer.concat([tail, part]).subarray(-keptBytes) : copyOfEnd(part);
      return;
    }
    parts.push(part);
    if (held <= capBytes) return;
    const all = Buffer.concat(parts);
    head = Buffer.from(all.subarray(0, keptBytes));
    tail = copyOfEnd(all);
    parts = [];
  };

  const finish = (): void => {
    const long = head;
    const line = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    parts = [];
    held = 0;
    head = undefined;
    if (long) onTooLong?.(long, tail);
    else if (line && line.length > 0) onLine(line);
  };

  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      keep(chunk.subarray(start, end));
      finish();
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  };
}
