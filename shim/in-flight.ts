import { keyOf, type Message, type Request } from './messages.ts';

/** How long a daemon that was sent a cancellation may need to act on it; ms. Nothing tells that it has. */
const cancellingMs = 2_000;

interface Entry {
  request: Request;
  /** As the host wrote it, to be sent again unchanged. */
  line: Buffer;
  /** Whether any daemon may have seen it. */
  sent: boolean;
  /** The cancellation, for as long as a daemon may die before it has acted on it. */
  cancelled?: Buffer;
  /** Runs while the present daemon may be acting on it. */
  forgotten?: NodeJS.Timeout;
}

/** What is under way in either direction, so that a new connection can take over from a broken one. */
export interface InFlight {
  /** Remembers a request of the host; false when its id is already in use. */
  add(request: Request, line: Buffer, sent: boolean): boolean;
  /** Whether the host should see this message of the daemon; an answer that nobody waits for (any more) is not passed on. */
  accepts(message: Message): boolean;
  /** Takes note of a notification of the host; true when it should be sent now. */
  noticed(message: Message, line: Buffer, connected: boolean): boolean;
  /** Whether the host answers something that the present connection asked. */
  answers(message: Message): boolean;
  /** All lines that a new connection must carry, in order. */
  resend(): Buffer[];
  /** The daemon's own questions died with its connection: ids of the next one mean something else. */
  disconnected(): void;
  waiting(): boolean;
  /** Forgets everything and returns the requests that still want an answer. */
  abandon(): Request[];
}

export function createInFlight(): InFlight {
  const entries = new Map<string, Entry>();
  const asked = new Set<string>();

  const cancel = (requestId: unknown, line: Buffer, connected: boolean): boolean => {
    const key = typeof requestId === 'string' || typeof requestId === 'number' ? keyOf(requestId) : '';
    const entry = entries.get(key);
    if (!entry) return false;
    if (entry.cancelled) return false;
    // A daemon that is gone runs on in its jobs: the next one is told of the call and then of its end.
    if (entry.sent) entry.cancelled = line;
    else entries.delete(key);
    if (entry.sent && connected) forgetSoon(key, entry);
    return entry.sent && connected;
  };
  const forgetSoon = (key: string, entry: Entry): void => {
    entry.forgotten = setTimeout(() => entries.delete(key), cancellingMs).unref();
  };

  return {
    add(request, line, sent) {
      const key = keyOf(request.id);
      if (entries.has(key)) return false;
      entries.set(key, { request, line, sent });
      return true;
    },
    accepts({ id, method }) {
      if (id === undefined) return true;
      if (method !== undefined) asked.add(keyOf(id));
      if (method !== undefined) return true;
      const cancelled = entries.get(keyOf(id))?.cancelled !== undefined;
      return !cancelled && entries.delete(keyOf(id));
    },
    noticed: (message, line, connected) =>
      message.method === 'notifications/cancelled' ? cancel(message.params?.requestId, line, connected) : connected,
    answers: ({ id }) => id !== undefined && asked.delete(keyOf(id)),
    resend() {
      const lines = [...entries].flatMap(([key, entry]) => {
        entry.sent = true;
        if (!entry.cancelled) return [entry.line];
        forgetSoon(key, entry);
        return [entry.line, entry.cancelled];
      });
      return lines;
    },
    disconnected() {
      asked.clear();
      for (const { forgotten } of entries.values()) clearTimeout(forgotten);
    },
    waiting: () => entries.size > 0,
    abandon() {
      const open = [...entries.values()].filter((entry) => !entry.cancelled).map((entry) => entry.request);
      entries.clear();
      return open;
    },
  };
}
