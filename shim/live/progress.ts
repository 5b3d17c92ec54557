import { type AgentEvent, actionsOf, emptySummary, fold } from '../../shared/events.ts';
import { duration } from '../../shared/format.ts';
import type { JobNews, JobRow } from '../../shared/wire.ts';
import { safe, shorten } from '../terminal.ts';
import { eventWriter } from './event-lines.ts';
import { stateWords, tokens } from './outcome.ts';

/** Shows what a job does, on stderr. */
export interface Progress {
  news(news: JobNews): void;
  /** Says something of our own. */
  say(text: string): void;
  /** Takes away what is only for the moment. */
  end(): void;
}

export const silent: Progress = { news: () => {}, say: (text) => process.stderr.write(`${text}\n`), end: () => {} };

/** One line for each thing that the agent does, for a pipe or a file. */
export function plainProgress(): Progress {
  const write = (text: string) => process.stderr.write(text);
  const writer = eventWriter(write, (_at, kind) => `[${kind}] `);
  let state = '';
  return {
    news(news) {
      if ('event' in news) return writer.event(news.event, news.at);
      if (news.job.state === state || news.job.endedAt !== null) return;
      state = news.job.state;
      writer.finish();
      write(`[qantara] ${news.job.id} ${state}\n`);
    },
    say(text) {
      writer.finish();
      write(`${text}\n`);
    },
    end: () => writer.finish(),
  };
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;
const clearLine = '\r\u001b[2K';

/** One line that changes, for a terminal: job, phase, last action, elapsed time and tokens so far. */
export function terminalProgress(): Progress {
  const summary = emptySummary();
  let previous: AgentEvent | undefined;
  let job: JobRow | undefined;
  let frame = 0;
  const draw = (): void => {
    if (!job) return;
    const { inputTokens = 0, outputTokens = 0 } = summary.usage;
    const all = inputTokens + outputTokens;
    const waiting = job.startedAt === null;
    const begun = waiting ? job.createdAt : job.startedAt;
    const end = [
      duration(Math.max(0, Date.now() - (begun ?? Date.now()))),
      ...(all ? [`${tokens(all)} tokens`] : []),
    ].join(' · ');
    const phase = waiting ? stateWords(job.state) : summary.phase;
    const action = waiting ? undefined : actionsOf(summary).at(-1);
    const start = `${frames[frame % frames.length]} ${job.id} ${phase}`;
    process.stderr.write(clearLine + fitted(start, action && safe(action), end, (process.stderr.columns || 80) - 1));
  };
  const timer = setInterval(() => {
    frame++;
    draw();
  }, frameMs);
  return {
    news(news) {
      if ('job' in news) job = news.job;
      else {
        fold(summary, news.event, previous);
        previous = news.event;
      }
      draw();
    },
    say(text) {
      process.stderr.write(`${clearLine}${text}\n`);
      draw();
    },
    end() {
      clearInterval(timer);
      process.stderr.write(clearLine);
    },
  };
}

/** The line in `columns`: the action is cut first, then all of it. */
export function fitted(start: string, action: string | undefined, end: string, columns: number): string {
  const tail = ` (${end})`;
  const room = columns - start.length - tail.length - 2;
  const middle = action && room >= 8 ? `: ${shorten(action, room)}` : '';
  return shorten(start + middle + tail, columns);
}
