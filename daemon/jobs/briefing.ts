import type { Caller } from '../caller.ts';
import { terminalHost } from '../terminal.ts';

/**
 * The prompt of a delegate. With `BRIDGE_CLARIFY` it first says how to behave: nobody can answer during the run, and
 * a guess costs more than a question that comes back as the answer. `unloaded`: the file of the project's
 * instructions that its CLI does not load by itself.
 */
export function briefing(task: string, caller: Caller, unloaded?: string): string {
  // Claude Code 2.1 takes a first line that begins with `/` for a command of its own, and asks no model.
  if (!caller.policy.clarify) return task.startsWith('/') ? `\n${task}` : task;
  const agent = `another agent (${caller.hostAgent?.title ?? caller.host})`;
  const from = caller.host === terminalHost ? 'a terminal' : agent;
  return [
    `This task comes from ${from} by way of qantara. Nobody can answer while you work, and only your last message goes back.`,
    'If something essential is missing or ambiguous, do not guess: end with your questions as the answer; the caller can continue this conversation.',
    ...(unloaded ? [`The project’s ${unloaded} was not loaded; where there is one, read it first.`] : []),
    '',
    task,
  ].join('\n');
}
