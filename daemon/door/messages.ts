import { type Duplex, Transform } from 'node:stream';
import { heldBytes, messageBytes, messageMs, smallBytes, unreadBytes } from './limits.ts';

/** What all connections hold of unfinished messages beyond what each may always hold; bytes. */
let heldByAll = 0;

const beyondSmall = (bytes: number): number => Math.max(0, bytes - smallBytes);

/**
 * What a client sends, message by message: only whole lines come out, so that whoever reads them holds nothing and
 * copies nothing twice. Nothing is read while the client does not read its answers. `refuse` is told why the client
 * has to go: a message too long, too slow, or one of too many large ones at once.
 */
export function messagesOf(stream: Duplex, refuse: (why: string) => void): Transform {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const grow = (by: number): void => {
    heldByAll += beyondSmall(bytes + by) - beyondSmall(bytes);
    bytes += by;
  };
  const clear = (): void => {
    clearTimeout(timer);
    timer = undefined;
    grow(-bytes);
    pieces = [];
  };
  const hold = (piece: Buffer): string | undefined => {
    timer ??= setTimeout(() => refuse(`A message has to be complete within ${messageMs / 1000} s.`), messageMs);
    // A copy: a small piece would else keep the whole buffer that it came in.
    pieces.push(Buffer.from(piece));
    grow(piece.length);
    if (bytes > messageBytes) return `A message may have at most ${messageBytes} bytes.`;
    if (bytes > smallBytes && heldByAll > heldBytes)
      return 'Too many large messages are under way. Send it again later.';
    return undefined;
  };

  const lines = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const end = chunk.lastIndexOf(10) + 1;
      if (end > 0) {
        this.push(bytes > 0 ? Buffer.concat([...pieces, chunk.subarray(0, end)]) : chunk.subarray(0, end));
        clear();
      }
      const problem = end < chunk.length ? hold(chunk.subarray(end)) : undefined;
      if (problem) return refuse(problem);
      if (stream.writableLength < unreadBytes) done();
      else stream.once('drain', () => done());
    },
  });
  stream.on('close', () => {
    clear();
    lines.destroy();
  });
  return stream.pipe(lines);
}
