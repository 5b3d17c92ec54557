import { setTimeout as sleep } from 'node:timers/promises';
import { type Host, jobIn } from './bridge.ts';

/** A stream of numbers in [0, 1) that a seed decides (mulberry32), so that a failing run can be told again. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a caller was told of a job, and what must therefore be true of it. */
export interface Entry {
  id: string;
  kind: string;
  state: 'succeeded' | 'failed' | 'cancelled';
  /** Undefined where a signal decides. */
  exitCode?: number;
  /** Its messages in order; of a cancelled job as many as it came to. */
  messages: string[];
}

interface Kind {
  weight: number;
  /** Makes one ask on `own` and follows it to its end. Throws where an answer is not what it must be. */
  run(own: Host, agent: string, random: () => number): Promise<Omit<Entry, 'kind'>>;
}

const between = (random: () => number, least: number, most: number): number =>
  Math.floor(least + random() * (most - least + 1));

const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at + 1}`);

function mustMatch(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`${text.slice(0, 600)}\ndoes not match ${pattern}`);
}

/** A run that succeeds, with lines around a pause, its own exit code and an answer that is like no other. */
function success(agent: string, random: () => number, lines: number) {
  const first = between(random, 1, lines);
  const then = between(random, 0, lines);
  const code = between(random, 0, 9);
  const word = `answer ${random().toString(36).slice(2)}`;
  const pause = between(random, 0, 400);
  const messages = [...numbered(first), ...numbered(then), word];
  // What Gemini CLI prints is pieces of one message, so all of it is the answer.
  const whole = agent === 'gemini' ? messages.join('') : word;
  return {
    task: `[[lines ${first}]] [[sleep ${pause}]] [[lines ${then}]] [[say ${word}]] [[exit ${code}]]`,
    right: new RegExp(`^${whole}\\n\\n\\[qantara\\] job \\S+ · succeeded · `),
    expected: { state: 'succeeded' as const, exitCode: code, messages },
  };
}

async function blocking(own: Host, agent: string, random: () => number, lines: number): Promise<Omit<Entry, 'kind'>> {
  const { task, right, expected } = success(agent, random, lines);
  const answer = await own.call(`ask_${agent}`, { task });
  mustMatch(answer.text, right);
  return { id: jobIn(answer), ...expected };
}

const kinds: Record<string, Kind> = {
  blocking: { weight: 4, run: (own, agent, random) => blocking(own, agent, random, 20) },
  chatty: { weight: 2, run: (own, agent, random) => blocking(own, agent, random, 600) },
  background: {
    weight: 4,
    run: async (own, agent, random) => {
      const { task, right, expected } = success(agent, random, 60);
      const id = jobIn(await own.call(`ask_${agent}`, { task, background: true }));
      await sleep(between(random, 0, 500));
      mustMatch((await own.call('wait_job', { job_id: id })).text, right);
      return { id, ...expected };
    },
  },
  long: {
    weight: 1,
    run: async (own, agent, random) => {
      const bytes = between(random, 200_000, 900_000);
      const answer = await own.call(`ask_${agent}`, { task: `[[repeat ${bytes}]]` });
      const text = 'é'.repeat(Math.floor(bytes / 2)) + 'x'.repeat(bytes % 2);
      if (!answer.text.startsWith(`${text}\n\n[qantara]`)) throw new Error(`a long answer is not whole: ${bytes}`);
      return {
        id: jobIn({ ...answer, text: answer.text.slice(-300) }),
        state: 'succeeded',
        exitCode: 0,
        messages: [text],
      };
    },
  },
  failing: {
    weight: 2,
    run: async (own, agent, random) => {
      const count = between(random, 1, 30);
      const answer = await own.call(`ask_${agent}`, { task: `[[lines ${count}]] [[fail it broke]] [[exit 3]]` });
      mustMatch(answer.text, /failed: it broke.*· failed ·/s);
      return { id: jobIn(answer), state: 'failed', exitCode: 3, messages: numbered(count) };
    },
  },
  silent: {
    weight: 1,
    run: async (own, agent) => {
      const answer = await own.call(`ask_${agent}`, { task: '[[lines 5]] [[silent]] [[exit 5]]' });
      mustMatch(answer.text, /ended without a result \(exit code 5\).*· failed ·/s);
      return {
        id: jobIn({ ...answer, text: answer.text.slice(-300) }),
        state: 'failed',
        exitCode: 5,
        messages: numbered(5),
      };
    },
  },
  cancelled: {
    weight: 3,
    run: async (own, agent, random) => {
      const count = between(random, 0, 50);
      const task = `[[lines ${count}]] [[sleep 100000]]`;
      const id = jobIn(await own.call(`ask_${agent}`, { task, background: true }));
      await sleep(between(random, 0, 600));
      mustMatch((await own.call('cancel_job', { job_id: id })).text, /^Job \S+ was cancelled\./);
      return { id, state: 'cancelled', messages: numbered(count) };
    },
  },
};

const deck = Object.entries(kinds).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));

/** One ask of a random kind to a random agent, to its end. */
export async function askSomething(own: Host, random: () => number): Promise<Entry> {
  const kind = deck[Math.floor(random() * deck.length)] as string;
  const agent = ['claude', 'codex', 'gemini'][Math.floor(random() * 3)] as string;
  return { kind, ...(await (kinds[kind] as Kind).run(own, agent, random)) };
}
