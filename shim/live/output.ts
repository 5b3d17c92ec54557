import { StringDecoder } from 'node:string_decoder';
import type { Paths } from '../../shared/paths.ts';
import { read } from '../http.ts';
import { safeText } from '../terminal.ts';
import { insist } from './insist.ts';

export interface OutputOptions {
  file: 'output' | 'errors' | 'answer';
  follow?: boolean;
}

/** Gives the bytes of a job's file to `write`, from the first to the last, each once however many daemons die meanwhile. */
export async function readOutput(
  paths: Paths,
  id: string,
  { file, follow = false }: OutputOptions,
  write: (bytes: Buffer) => void,
): Promise<void> {
  let offset = 0;
  let news = false;
  const path = () => `/jobs/${encodeURIComponent(id)}/output?file=${file}&offset=${offset}&follow=${follow}`;
  const take = (bytes: Buffer): void => {
    news = true;
    offset += bytes.length;
    write(bytes);
  };
  const isNews = (): boolean => {
    const was = news;
    news = false;
    return was;
  };
  await insist(paths, () => read(paths, path(), take), isNews);
}

/** Writes text that may come in pieces, safe for a terminal. Returns how it is ended: with a line break. */
export function safeWriter(write: (text: string) => void): { bytes(bytes: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let last = '';
  // A carriage return is kept until it is known whether it ends a line.
  let held = '';
  const put = (text: string): void => {
    const whole = held + text;
    held = whole.endsWith('\r') ? '\r' : '';
    const now = held ? whole.slice(0, -1) : whole;
    if (now === '') return;
    last = now;
    write(safeText(now));
  };
  return {
    bytes: (bytes) => put(decoder.write(bytes)),
    end() {
      put(decoder.end());
      if (held) write(safeText(held));
      if (!last.endsWith('\n') || held) write('\n');
    },
  };
}

/** Where exact bytes go: never to a terminal, which they could deceive. */
export const isExact = (raw: boolean | undefined): boolean => raw === true && !process.stdout.isTTY;

/** Prints a job's file on stdout: safe for a terminal, or as it is where that was asked for and stdout is none. */
export async function printOutput(paths: Paths, id: string, options: OutputOptions, raw?: boolean): Promise<void> {
  if (isExact(raw)) return readOutput(paths, id, options, (bytes) => void process.stdout.write(bytes));
  const writer = safeWriter((text) => void process.stdout.write(text));
  await readOutput(paths, id, options, writer.bytes);
  writer.end();
}

/** The whole answer of a job. */
export async function answerOf(paths: Paths, id: string): Promise<string> {
  const chunks: Buffer[] = [];
  await readOutput(paths, id, { file: 'answer' }, (bytes) => chunks.push(bytes));
  return Buffer.concat(chunks).toString();
}
