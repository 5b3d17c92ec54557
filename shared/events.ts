import type { ErrorCode } from './errors.ts';
import { oneLine } from './format.ts';

/**
 * What every agent CLI's stream is turned into. One line of a stream gives zero or more events, in order.
 * Texts are the agent's own words, untrusted and unescaped; who prints them makes them safe.
 */
export type AgentEvent =
  /** The vendor's id of the conversation: what `session_id` resumes. */
  | { type: 'session'; id: string; model?: string }
  /** Words of the agent. `delta` pieces continue the message before them. */
  | { type: 'message'; text: string; delta?: true }
  | { type: 'reasoning'; text: string }
  /** `id`: the CLI's own, where what finishes is only told by it; see `withBeginning`. No `exitCode`: not told. */
  | { type: 'command'; phase: 'started' | 'finished'; command: string; exitCode?: number; id?: string }
  /** `file`: what it changes when it succeeds. */
  | { type: 'tool'; phase: 'started' | 'finished'; name: string; ok?: boolean; id?: string; file?: FileChange }
  | ({ type: 'file' } & FileChange)
  | { type: 'plan'; text: string }
  /**
   * `run`: the totals of the whole run, the last one counts; with `since`, of what came after the last one. `call`: one
   * model call, they add up; what is told again of the same `call` replaces what was told of it before.
   */
  | ({ type: 'usage'; scope: 'run' | 'call'; since?: true; call?: string } & Usage)
  /** The vendor's word that the turn is over. `text` is the final answer where the CLI repeats it here. */
  | { type: 'result'; ok: boolean; text?: string }
  /** A failure in the vendor's words. `retryAt`: when a usage limit ends, as the CLI put it. */
  | { type: 'error'; code: ErrorCode; message: string; retryAt?: string }
  /** Something worth showing that does not decide the outcome. */
  | { type: 'warning'; message: string }
  /** A line that no adapter knows. Kept in the raw output, never a reason to fail. */
  | { type: 'raw'; line: string };

export interface FileChange {
  path: string;
  change: 'added' | 'changed' | 'deleted';
}

/** Tokens and cost as the CLI reports them; a field is absent when the CLI does not say. */
export interface Usage {
  inputTokens?: number;
  outputTokens?: number;
  cachedTokens?: number;
  costUsd?: number;
}

/** Something that an agent did, in its own words, and how it went, once that is known. */
export interface Action {
  what: string;
  outcome?: string;
}

/** What a stream amounts to so far. Built by folding events, so that it can be rebuilt from the stored ones. */
export interface Summary {
  sessionId?: string;
  model?: string;
  /** The final answer so far: the result's own text, else the last message. */
  answer: string;
  /** Set once the vendor said that the turn is over. */
  result?: { ok: boolean };
  error?: { code: ErrorCode; message: string; retryAt?: string };
  usage: Usage;
  /** `usage` as of the last totals. */
  totals: Usage;
  /** What was told of single model calls since then, by their ids. */
  calls: Map<string, Usage>;
  /** The last few things that the agent did, the latest last; `actionsOf` tells them. */
  actions: Action[];
  /** What the agent is busy with: `starting`, `thinking`, `running a command`, … */
  phase: string;
}

export const emptySummary = (): Summary => ({
  answer: '',
  usage: {},
  totals: {},
  calls: new Map(),
  actions: [],
  phase: 'starting',
});

const mostActions = 5;

/** Of what an agent did, more is not looked at: it may be as long as a line of its output. */
const longestLook = 1_000;

function lineOf({ what, outcome }: Action): string {
  const begun = what.slice(0, longestLook);
  return outcome ? `${oneLine(begun, 100)} → ${outcome}` : oneLine(begun);
}

/** What the agent did last, one line each. Made when somebody looks: for each event it was a tenth of a large ingest. */
export const actionsOf = ({ actions }: Summary): string[] => actions.map(lineOf).filter(Boolean);

/** Notes what the agent did, in the place of what it continues, where that is still among the latest. */
function note(summary: Summary, action: Action, continued = -1): void {
  if (continued >= 0) summary.actions.splice(continued, 1);
  summary.actions.push(action);
  if (summary.actions.length > mostActions) summary.actions.shift();
}

/** Notes that something began, or in its place how it went. */
function noteRun(summary: Summary, what: string, outcome: string | undefined): void {
  const isBegun = (action: Action): boolean => action.what === what && action.outcome === undefined;
  note(summary, { what, outcome }, outcome === undefined ? -1 : summary.actions.findLastIndex(isBegun));
}

const amounts = ['inputTokens', 'outputTokens', 'cachedTokens', 'costUsd'] as const;

/** `more` on top of `usage`, in place of what it says `instead`. What is not told changes nothing. */
function addUsage(usage: Usage, more: Usage, instead: Usage = {}): Usage {
  const sum = { ...usage };
  for (const name of amounts) {
    if (more[name] !== undefined) sum[name] = (usage[name] ?? 0) + more[name] - (instead[name] ?? 0);
  }
  return sum;
}

function foldUsage(summary: Summary, event: Extract<AgentEvent, { type: 'usage' }>): void {
  if (event.scope === 'run') {
    // What totals do not tell stays as the calls had it.
    summary.usage = { ...summary.usage, ...addUsage(event.since ? summary.totals : {}, event) };
    summary.totals = summary.usage;
    summary.calls.clear();
    return;
  }
  const before = event.call === undefined ? undefined : summary.calls.get(event.call);
  summary.usage = addUsage(summary.usage, event, before);
  if (event.call !== undefined) summary.calls.set(event.call, event);
}

/** How a command ended, in words; not every CLI tells. */
export const exitWords = ({ exitCode }: { exitCode?: number }): string =>
  exitCode === undefined ? 'ended' : `exit ${exitCode}`;

/** Adds one event to what is known. Changes `summary` in place and returns it. */
export function fold(summary: Summary, event: AgentEvent, previous?: AgentEvent): Summary {
  switch (event.type) {
    case 'session':
      summary.sessionId = event.id;
      summary.model = event.model ?? summary.model;
      break;
    case 'message': {
      const continues = event.delta && previous?.type === 'message';
      summary.answer = continues ? summary.answer + event.text : event.text;
      summary.phase = 'answering';
      // Of pieces only the last words: the whole answer is as long as all of them, and they may be thousands.
      const begun = continues ? (summary.actions.at(-1)?.what ?? '') : '';
      note(summary, { what: (begun + event.text).slice(-120) }, continues ? summary.actions.length - 1 : -1);
      break;
    }
    case 'reasoning':
      summary.phase = 'thinking';
      note(summary, { what: event.text });
      break;
    case 'command':
      summary.phase = event.phase === 'started' ? 'running a command' : 'thinking';
      noteRun(summary, `$ ${event.command}`, event.phase === 'finished' ? exitWords(event) : undefined);
      break;
    case 'tool':
      summary.phase = event.phase === 'started' ? 'using a tool' : 'thinking';
      noteRun(summary, event.name, event.phase === 'finished' ? (event.ok === false ? 'failed' : 'done') : undefined);
      break;
    case 'file':
      summary.phase = 'editing';
      note(summary, { what: `${event.change} ${event.path}` });
      break;
    case 'plan':
      summary.phase = 'planning';
      note(summary, { what: event.text });
      break;
    case 'usage':
      foldUsage(summary, event);
      break;
    case 'result':
      // Gemini CLI 0.61 ends a run that it stopped for a loop with "success": an error before it wins.
      summary.result = { ok: event.ok && summary.error === undefined };
      if (event.text !== undefined) summary.answer = event.text;
      summary.phase = 'finishing';
      break;
    case 'error':
      // The first error is the cause; what follows it is usually its echo.
      summary.error ??= { code: event.code, message: event.message, retryAt: event.retryAt };
      break;
    case 'warning':
      note(summary, { what: event.message });
      break;
    case 'raw':
      break;
  }
  return summary;
}
