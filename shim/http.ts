import { isAbsent } from '../shared/client.ts';
import { QantaraError, wordsOf } from '../shared/errors.ts';
import { type Head, request } from '../shared/http.ts';
import type { Paths } from '../shared/paths.ts';
import type { Problem, Status } from '../shared/wire.ts';
import { splitLines } from './lines.ts';

/** Stopping a job that ignores TERM takes up to 20 s. */
const answerMs = 30_000;
/** Bytes; a longer line of a stream is left out. */
const maxLineBytes = 32 * 1024 * 1024;

export type Method = 'GET' | 'POST' | 'DELETE';

/** `?a=1&b=2` of what is defined; empty where nothing is. */
export function query(values: Record<string, string | number | boolean | undefined>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined);
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
  return text && `?${text}`;
}

export interface Options {
  /** Sent as JSON. */
  body?: unknown;
  /** ms without a byte from the daemon; 30 s when not said, `undefined`: for ever. */
  silenceMs?: number | undefined;
  /** Ends the call, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/** Tells the daemon's answer to `on.data`, and throws in words what is no success; see `ask`. */
async function call(
  { socket }: Paths,
  method: Method,
  path: string,
  options: Options,
  onData: (bytes: Buffer) => void,
): Promise<void> {
  const { body, signal } = options;
  const silenceMs = 'silenceMs' in options ? options.silenceMs : answerMs;
  let head: Head | undefined;
  const refused: Buffer[] = [];
  const on = {
    head: (one: Head): void => {
      head = one;
    },
    data: (bytes: Buffer): void => (head?.status === 200 ? onData(bytes) : void refused.push(bytes)),
  };
  await request(socket, { method, path, body, silenceMs, signal }, on).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    const problem = isAbsent(error) ? 'no daemon is running' : wordsOf(error).replace(/\.$/, '');
    throw new QantaraError('daemon_unavailable', { path: socket, problem: `${problem}.` }, error);
  });
  if (head?.status === 200) return;
  const text = Buffer.concat(refused).toString();
  if (head?.status === 409) throw asError(JSON.parse(text) as Problem);
  throw new QantaraError('daemon_unavailable', {
    path: socket,
    problem: `${method} ${path} gave ${head?.status} ${text}`,
  });
}

const asError = ({ code, data }: Problem): QantaraError => new QantaraError(code, data);

/**
 * Asks the daemon over its socket and returns the parsed JSON. Throws `daemon_unavailable` when nobody listens, when
 * it is silent for too long or its answer is no success, and the daemon's own error where it sent one.
 */
export async function ask<Answer>(paths: Paths, method: Method, path: string, options: Options = {}): Promise<Answer> {
  const chunks: Buffer[] = [];
  await call(paths, method, path, options, (bytes) => chunks.push(bytes));
  return JSON.parse(Buffer.concat(chunks).toString()) as Answer;
}

/** Reads an answer as bytes, as they come, until the daemon ends it. Throws as `ask` does. */
export const read = (
  paths: Paths,
  path: string,
  onBytes: (bytes: Buffer) => void,
  options: Options = {},
): Promise<void> => call(paths, 'GET', path, { silenceMs: undefined, ...options }, onBytes);

/** Reads a stream of JSON lines until the daemon ends it. Throws as `ask` does. A line over 32 MB is left out. */
export async function follow<Line>(
  paths: Paths,
  path: string,
  onLine: (line: Line) => void,
  options: Options = {},
): Promise<void> {
  const split = splitLines(maxLineBytes, { onLine: (line) => onLine(JSON.parse(line.toString()) as Line) });
  await call(paths, 'GET', path, { silenceMs: undefined, ...options }, split);
}

/** As `ask`, of a daemon that is started first when none runs: one connection where it does. */
export async function askStarting<Answer>(
  paths: Paths,
  method: Method,
  path: string,
  options: Options = {},
): Promise<Answer> {
  try {
    return await ask<Answer>(paths, method, path, options);
  } catch (error) {
    if (!(error instanceof QantaraError && isAbsent(error.cause))) throw error;
    const { startDaemon } = await import('./start-daemon.ts');
    await startDaemon(paths);
    return ask<Answer>(paths, method, path, options);
  }
}

/** What the daemon says of itself, or undefined when none runs. Throws `daemon_unavailable` for one that is mute. */
export async function statusOf(paths: Paths): Promise<Status | undefined> {
  try {
    return await ask<Status>(paths, 'GET', '/status');
  } catch (error) {
    if (error instanceof QantaraError && isAbsent(error.cause)) return undefined;
    throw error;
  }
}

/** The status of the daemon, which is started when none runs. Throws `daemon_unavailable` with the reason. */
export const ensureDaemon = (paths: Paths): Promise<Status> => askStarting(paths, 'GET', '/status');
