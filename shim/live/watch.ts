import { setTimeout as sleep } from 'node:timers/promises';
import type { JobRow } from '../../shared/wire.ts';
import { listing } from './listing.ts';

const everyMs = 500;
/** The other screen of the terminal, without a cursor, so that the person's own text comes back afterwards. */
const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const restOfLine = '\u001b[K';
const restOfScreen = '\u001b[J';

/** Keeps the list on the terminal, as many of its lines as fit, until the person interrupts. */
export async function watch(get: () => Promise<JobRow[]>, tree: boolean): Promise<void> {
  const stop = new AbortController();
  let rows = await get();
  const draw = (): void => {
    const { columns = 80, rows: height = 24 } = process.stdout;
    const text = listing(rows, { tree, columns, now: Date.now() });
    const lines = text.split('\n').slice(0, height - 1);
    process.stdout.write(home + lines.map((line) => `${line}${restOfLine}\n`).join('') + restOfScreen);
  };
  const end = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  process.stdout.write(enter);
  process.stdout.on('resize', draw);
  try {
    while (!stop.signal.aborted) {
      draw();
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => {}); // interrupted
      if (!stop.signal.aborted) rows = await get();
    }
  } finally {
    process.stdout.off('resize', draw);
    process.stdout.write(leave);
  }
}
