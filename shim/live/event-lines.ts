import { type AgentEvent, exitWords } from '../../shared/events.ts';
import { safe, safeText } from '../terminal.ts';

const indent = '  ';

function spentWords({ inputTokens = 0, outputTokens = 0, costUsd }: Extract<AgentEvent, { type: 'usage' }>): string {
  return `${inputTokens} in, ${outputTokens} out${costUsd === undefined ? '' : `, $${costUsd.toFixed(4)}`}`;
}

/** What kind of thing an event is and what it says, as the agent's own words. */
export function wordsOf(event: AgentEvent): [kind: string, text: string] {
  switch (event.type) {
    case 'session':
      return ['session', [event.id, event.model].filter(Boolean).join(' · ')];
    case 'message':
    case 'reasoning':
    case 'plan':
      return [event.type, event.text];
    case 'command': {
      const end = event.phase === 'started' ? '' : ` → ${exitWords(event)}`;
      return ['command', `$ ${event.command}${end}`];
    }
    case 'tool': {
      const end = event.phase === 'started' ? '' : ` → ${event.ok === false ? 'failed' : 'done'}`;
      return ['tool', event.name + end];
    }
    case 'file':
      return ['file', `${event.change} ${event.path}`];
    case 'usage':
      return ['usage', spentWords(event)];
    case 'result':
      return ['result', event.ok ? 'done' : 'failed'];
    case 'error':
    case 'warning':
      return [event.type, event.message];
    case 'raw':
      return ['raw', event.line];
    default:
      // Of a newer daemon.
      return [safe(String((event as { type: unknown }).type)), JSON.stringify(event)];
  }
}

/**
 * Writes events as text, safe for a terminal. Pieces of one message follow each other on the same line as they come;
 * `finish` ends the last one.
 */
export function eventWriter(write: (text: string) => void, start: (at: number, kind: string) => string) {
  let open = false;
  const finish = (): void => {
    if (open) write('\n');
    open = false;
  };
  const inside = (text: string): string => safeText(text).replaceAll('\n', `\n${indent}`);
  return {
    event(event: AgentEvent, at: number): void {
      const [kind, text] = wordsOf(event);
      const piece = event.type === 'message' && event.delta === true;
      if (piece && open) return write(inside(text));
      finish();
      write(start(at, kind) + inside(piece ? text : text.trimEnd()));
      if (piece) open = true;
      else write('\n');
    },
    finish,
  };
}
