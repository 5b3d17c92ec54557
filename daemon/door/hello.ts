import type { Duplex } from 'node:stream';
// Not `{ z }`, which holds all of zod: a bundler would take its 50 languages along, 350 kB.
import * as z from 'zod';
import type { Hello } from '../../shared/wire.ts';
import { helloBytes, helloMs } from './limits.ts';

const shape = z.object({
  protocol: z.number(),
  version: z.string().max(64),
  shimId: z.string().min(8).max(64),
  host: z.string().max(64).optional(),
  pid: z.number().int().positive(),
  cwd: z.string().max(16_384),
  environment: z.record(z.string(), z.string()),
});

/** A hello that was none, in words for whoever said it. */
export class BadHello extends Error {
  override readonly name = 'BadHello';
}

function parse(line: string): Hello {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadHello('The first line has to be a hello, and this one is not JSON.');
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  // Names of the shape and words about it, never a value: the environment is in there.
  throw new BadHello(`The hello is not one: ${path[0] === undefined ? '' : `"${String(path[0])}": `}${message}.`);
}

/**
 * The hello that a connection begins with; what comes after it stays on the stream, paused. Rejects with `BadHello`
 * where it is none, too long or too late, and never where the connection is gone before that.
 */
export function readHello(stream: Duplex, head: Buffer): Promise<Hello> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const settle = (): void => {
      clearTimeout(timer);
      stream.off('data', take).off('end', ended).off('close', settle).pause();
      pieces.length = 0;
    };
    const fail = (why: string): void => {
      settle();
      reject(new BadHello(why));
    };
    const ended = (): void => fail('The connection ended before its hello did.');
    const take = (chunk: Buffer): void => {
      const end = chunk.indexOf(10);
      bytes += end < 0 ? chunk.length : end;
      if (bytes > helloBytes) {
        return fail(
          `The hello is longer than ${helloBytes} bytes. Start this host with a smaller environment: most of a hello is that.`,
        );
      }
      pieces.push(chunk);
      if (end < 0) return;
      const line = Buffer.concat(pieces).toString('utf8', 0, bytes);
      settle();
      if (end + 1 < chunk.length) stream.unshift(chunk.subarray(end + 1));
      try {
        resolve(parse(line));
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(() => fail(`No hello came within ${helloMs / 1000} s.`), helloMs);
    stream.on('data', take).on('end', ended).on('close', settle);
    if (head.length > 0) take(head);
  });
}
