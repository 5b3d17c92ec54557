import { isAbsent } from '../shared/client.ts';
import { QantaraError, wordsOf } from '../shared/errors.ts';
import type { Paths } from '../shared/paths.ts';
import type { Problem, Status } from '../shared/wire.ts';
import { startDaemon } from './start-daemon.ts';

/** Stopping a job that ignores TERM takes up to 20 s. */
const answerMs = 30_000;

/**
 * Asks the daemon over its socket and returns the parsed JSON. Throws `daemon_unavailable` when nobody listens, when
 * the answer takes longer than 30 s or is not a success, and the daemon's own error where it sent one. `node:http` is loaded here, since it costs 20 ms.
 */
export async function ask<Answer>(paths: Paths, method: 'GET' | 'POST' | 'DELETE', path: string): Promise<Answer> {
  const { request } = await import('node:http');
  const unavailable = (problem: string, cause?: unknown) =>
    new QantaraError('daemon_unavailable', { path: paths.socket, problem }, cause);
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: paths.socket, method, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('error', (error) => reject(unavailable(wordsOf(error), error)));
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        if (response.statusCode === 409) reject(asError(JSON.parse(body) as Problem));
        else if (response.statusCode !== 200)
          reject(unavailable(`${method} ${path} gave ${response.statusCode} ${body}`));
        else resolve(JSON.parse(body) as Answer);
      });
    });
    asked.setTimeout(answerMs, () => asked.destroy(new Error(`no answer within ${answerMs / 1000} s.`)));
    asked.on('error', (error) => {
      const problem = isAbsent(error) ? 'no daemon is running.' : `${wordsOf(error)}.`;
      reject(unavailable(problem.replace(/\.\.$/, '.'), error));
    });
    asked.end();
  });
}

const asError = ({ code, data }: Problem): QantaraError => new QantaraError(code, data);

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
export async function ensureDaemon(paths: Paths): Promise<Status> {
  const running = await statusOf(paths);
  if (running) return running;
  await startDaemon(paths);
  return ask<Status>(paths, 'GET', '/status');
}
