import type { AgentEvent } from './events.ts';

/** The commands and tools that have begun and not finished, by the CLI's own ids of them. */
export type Begun = Map<string, Extract<AgentEvent, { phase: 'started' | 'finished' }>>;

/** One that never finishes must not be kept for ever. */
const most = 1_000;

/**
 * What an event says together with its beginning: Claude Code and Gemini CLI tell at its end only the id of what has
 * finished. Everything else stays as it is. Notes what has begun.
 */
export function withBeginning(begun: Begun, event: AgentEvent): AgentEvent[] {
  if ((event.type !== 'command' && event.type !== 'tool') || event.id === undefined) return [event];
  const { id, phase } = event;
  if (phase === 'started') {
    begun.set(id, event);
    for (const oldest of begun.keys()) if (begun.size > most) begun.delete(oldest);
    return [event];
  }
  const start = begun.get(id);
  begun.delete(id);
  if (start?.type === 'command') {
    const exitCode = event.type === 'command' ? event.exitCode : undefined;
    return [{ type: 'command', phase, id, command: start.command, exitCode }];
  }
  if (start?.type !== 'tool' || event.type !== 'tool') return [event];
  const finished: AgentEvent = { type: 'tool', phase, id, name: start.name, ok: event.ok };
  return event.ok && start.file ? [finished, { type: 'file', ...start.file }] : [finished];
}
