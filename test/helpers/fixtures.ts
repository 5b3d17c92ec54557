import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Agent, Exit } from '../../shared/agents/agent.ts';
import { type Begun, withBeginning } from '../../shared/begun.ts';
import { type AgentEvent, emptySummary, fold } from '../../shared/events.ts';

const root = join(import.meta.dirname, '..', 'fixtures');

/** The folder of a recorded run. */
export const fixtureFolder = (agent: string, name: string): string => join(root, agent, name);

/** The names of an agent's recorded runs, sorted; none for an agent without recordings. */
export function fixtureNames(agent: string): string[] {
  const folder = join(root, agent);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** A recorded run. Long streams are stored compressed. */
export function readFixture(agent: string, name: string): Exit {
  const folder = fixtureFolder(agent, name);
  const packed = join(folder, 'stdout.jsonl.gz');
  return {
    stdout: existsSync(packed)
      ? gunzipSync(readFileSync(packed)).toString()
      : readFileSync(join(folder, 'stdout.jsonl'), 'utf8'),
    stderr: readFileSync(join(folder, 'stderr.txt'), 'utf8'),
    code: Number(readFileSync(join(folder, 'exit'), 'utf8')),
  };
}

/** The expectation of a recorded run, as `expected.json` holds it. */
export const readExpected = (agent: string, name: string): unknown =>
  JSON.parse(readFileSync(join(fixtureFolder(agent, name), 'expected.json'), 'utf8'));

/** Long texts as their length and hash, so that expectations stay readable. */
export const short = (text: string): unknown =>
  text.length <= 1_000 ? text : { length: text.length, sha256: createHash('sha256').update(text).digest('hex') };

/** What a run amounts to: everything that decides its outcome, and what happened on the way. */
export function digest(agent: Agent, exit: Exit) {
  const begun: Begun = new Map();
  const events = exit.stdout
    .split('\n')
    .flatMap(agent.parse)
    .flatMap((event) => withBeginning(begun, event));
  const summary = emptySummary();
  events.forEach((event, index) => void fold(summary, event, events[index - 1]));
  const tail = (text: string) => text.slice(-64 * 1024);
  const failure = summary.result?.ok
    ? undefined
    : agent.explain({ ...exit, stderr: tail(exit.stderr), stdout: tail(exit.stdout) }, summary);
  const told = (event: AgentEvent): unknown =>
    Object.fromEntries(
      Object.entries(event).map(([key, value]) => [key, typeof value === 'string' ? short(value) : value]),
    );
  // Through JSON, so that absent and undefined fields are the same.
  return JSON.parse(
    JSON.stringify({
      exit: exit.code,
      outcome: summary.result?.ok ? 'succeeded' : 'failed',
      sessionId: summary.sessionId,
      answer: short(summary.answer),
      usage: summary.usage,
      error: summary.error,
      explain: failure,
      verdict: summary.result?.ok ? undefined : (failure ?? summary.error)?.code,
      events: events.map(told),
    }),
  );
}
