import { setTimeout as sleep } from 'node:timers/promises';
import { isAbsent, isPassing, openUpgraded, type Upgraded } from '../shared/client.ts';
import { describe, QantaraError, wordsOf } from '../shared/errors.ts';
import type { Paths } from '../shared/paths.ts';
import type { Hello } from '../shared/wire.ts';
import { failure } from './answers.ts';
import type { Debug } from './debug.ts';
import { createInFlight } from './in-flight.ts';
import { splitLines } from './lines.ts';
import { type Message, parse, type Request } from './messages.ts';
import { startDaemon } from './start-daemon.ts';

/** ms; how long requests wait for a daemon before they are answered with the reason that there is none. */
const patienceMs = 15_000;
/** ms; a connection that lasted this long, or carried an answer, was a good one. */
const goodAfterMs = 1_000;
const longestPauseMs = 2_000;
/** Bytes; our own daemon is trusted, so this bounds a bug and not an answer. */
const answerBytes = 512 * 1024 * 1024;

const replayId = 'qantara-shim-replay';
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };

export interface LinkOptions {
  paths: Paths;
  /** Asked for at every connection, so that it costs nothing before the first. */
  hello(): Hello;
  /** Writes one line to the host; without its newline. */
  toHost(line: Buffer | string): void;
  debug: Debug;
}

/** The shim's side of the daemon: what goes in by these comes back through `toHost`, over however many daemons. */
export interface Link {
  /** The host's `initialize`, which every new connection repeats. */
  remember(initialize: Request): void;
  request(request: Request, line: Buffer): void;
  notify(message: Message, line: Buffer): void;
  /** The host's answer to a request of the daemon. */
  respond(message: Message, line: Buffer): void;
}

/**
 * Opens no connection before the first request needs one. A host spawns its servers in every session and for every
 * `mcp list`, most of which never delegate: they neither start a daemon nor occupy one. A daemon that runs costs the
 * first call 1 ms more, one that does not a few hundred, and a delegation takes seconds.
 */
export function createLink({ paths, hello, toHost, debug }: LinkOptions): Link {
  const inFlight = createInFlight();
  let opening: Request | undefined;
  /** The connection that is ready for requests. */
  let live: Upgraded['socket'] | undefined;
  /** A connection exists or is being made. */
  let busy = false;
  /** When the present trouble began; ms of `performance.now()`, since somebody may set the clock. */
  let downSince = 0;
  /** Attempts since the last good connection, and what was wrong with the latest. */
  let attempts = 0;
  let trouble = '';

  const giveUp = (words: string): void => {
    debug('gave up', words);
    for (const request of inFlight.abandon()) toHost(JSON.stringify(failure(request, words)));
    busy = false;
    attempts = 0;
  };

  const good = (): void => {
    attempts = 0;
  };

  const onLine = (socket: Upgraded['socket'], line: Buffer): void => {
    const message = parse(line.toString());
    if ('problem' in message) return debug('daemon', message.problem);
    debug('daemon', message, line.length);
    if (message.id === replayId) {
      if (!message.error) return ready(socket);
      giveUp(unavailable(message.error.message));
      return void socket.destroy();
    }
    // The daemon's last word on this connection: the same again would come to the same.
    if (message.id === undefined && message.error) return giveUp(unavailable(message.error.message));
    good();
    if (inFlight.accepts(message)) toHost(line);
  };

  const ready = (socket: Upgraded['socket']): void => {
    if (opening) socket.write(`${JSON.stringify(initialized)}\n`);
    live = socket;
    for (const line of inFlight.resend()) socket.write(withNewline(line));
  };

  const attach = ({ socket, rest }: Upgraded): void => {
    const split = splitLines(answerBytes, { onLine: (line) => onLine(socket, line) });
    const mute = setTimeout(() => live !== socket && socket.destroy(), patienceMs);
    const settled = setTimeout(good, goodAfterMs);
    socket.on('data', split);
    socket.on('error', (error) => debug('connection', wordsOf(error)));
    socket.on('close', () => {
      clearTimeout(mute);
      clearTimeout(settled);
      debug('connection', 'closed');
      live = undefined;
      if (!busy) return;
      busy = false;
      inFlight.disconnected();
      trouble = 'it ended again and again while calls were under way.';
      if (inFlight.waiting()) void open();
      else attempts = 0;
    });
    split(rest);
    if (opening) socket.write(`${JSON.stringify({ ...opening, id: replayId })}\n`);
    else ready(socket);
    socket.resume();
  };

  const reach = async (): Promise<Upgraded> => {
    try {
      return await openUpgraded(paths.socket, hello(), patienceMs);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    debug('connection', 'no daemon; starting one');
    await startDaemon(paths, patienceMs);
    return openUpgraded(paths.socket, hello(), patienceMs);
  };

  const unavailable = (problem: string): string =>
    describe('daemon_unavailable', { path: paths.socket, problem: problem.replace(/[^.]$/, '$&.') });

  async function open(): Promise<void> {
    if (busy) return;
    busy = true;
    while (inFlight.waiting()) {
      if (attempts === 0) downSince = performance.now();
      else if (performance.now() - downSince > patienceMs) return giveUp(unavailable(trouble));
      else await sleep(Math.min(longestPauseMs, 25 * 2 ** attempts));
      attempts++;
      try {
        attach(await reach());
        return debug('connection', `open after ${Math.round(performance.now() - downSince)} ms`);
      } catch (error) {
        if (error instanceof QantaraError) return giveUp(error.message);
        trouble = wordsOf(error);
        if (!isPassing(error)) return giveUp(unavailable(trouble));
        debug('connection', trouble);
      }
    }
    busy = false;
    attempts = 0;
  }

  return {
    remember: (initialize) => {
      opening = initialize;
    },
    request: (request, line) => {
      const known = inFlight.add(request, line, live !== undefined);
      if (!known) return debug('host', 'dropped a request whose id is already in flight');
      if (live) live.write(withNewline(line));
      else void open();
    },
    notify: (message, line) => {
      if (message.method === initialized.method) return;
      const relay = inFlight.noticed(message, line, live !== undefined);
      // One that concerns no request is about this connection, and the next one learns it anew.
      if (relay) live?.write(withNewline(line));
    },
    respond: (message, line) => {
      if (inFlight.answers(message)) live?.write(withNewline(line));
    },
  };
}

const newline = Buffer.from('\n');
const withNewline = (line: Buffer): Buffer => Buffer.concat([line, newline]);
