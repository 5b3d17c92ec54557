/**
 * The script language of the loopback models: what a prompt tells the model to do.
 *
 *   [[call TOOL {json}]]   call that tool with those arguments
 *   [[say TEXT]]           answer TEXT and end the turn
 *   [[sleep MS]]           wait before going on
 *   [[fail STATUS]]        the provider answers with that HTTP status
 *   [[limit]]              the provider says that the usage limit is reached; [[limit SECONDS]] sets when it ends
 *
 * They are carried out in order, one call a turn. Directives nest: what stands inside one belongs to the agent that
 * the call reaches. After the last one the model answers with the tool results; a prompt without any is echoed.
 */
export type Directive =
  | { kind: 'call'; tool: string; args: Record<string, unknown> }
  | { kind: 'say'; text: string }
  | { kind: 'sleep'; ms: number }
  | { kind: 'fail'; status: number }
  | { kind: 'limit'; seconds: number };

/** What a model does with one request, after `sleepMs`. */
export type Reply =
  | { kind: 'call'; tool: string; args: Record<string, unknown> }
  | { kind: 'say'; text: string }
  | { kind: 'fail'; status: number }
  | { kind: 'limit'; resetsAt: number };

/** Three hours: a limit that no test can outlive. */
const limitSeconds = 3 * 3600;

/** The texts between the outermost `[[` and `]]`. An opening without its end is no directive. */
function outermost(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length - 1; at++) {
    const pair = text.slice(at, at + 2);
    if (pair === '[[') {
      if (depth === 0) start = at + 2;
      depth += 1;
      at += 1;
    } else if (pair === ']]' && depth > 0) {
      depth -= 1;
      if (depth === 0) found.push(text.slice(start, at));
      at += 1;
    }
  }
  return found;
}

function parseCall(text: string): Directive {
  const [, tool = '', json = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  return { kind: 'call', tool, args: json ? JSON.parse(json) : {} };
}

function parse(text: string): Directive | undefined {
  const [, kind, rest = ''] = /^(call|say|sleep|fail|limit)\b\s*([\s\S]*?)\s*$/.exec(text) ?? [];
  if (kind === 'call') return parseCall(rest);
  if (kind === 'say') return { kind, text: rest };
  if (kind === 'sleep') return { kind, ms: Number(rest) };
  if (kind === 'fail') return { kind, status: Number(rest) };
  if (kind === 'limit') return { kind, seconds: rest ? Number(rest) : limitSeconds };
  return undefined;
}

/**
 * The directives of a prompt, in order, wherever a host or qantara put its own words around them.
 * Throws a SyntaxError when the arguments of a call are not JSON.
 */
export const directivesOf = (prompt: string): Directive[] =>
  outermost(prompt)
    .map(parse)
    .filter((directive) => directive !== undefined);

/**
 * What to do next in a conversation in which `results` tool results followed the prompt. Stateless: the number of
 * results says how many calls are done. `now` is ms since the epoch.
 */
export function nextReply(prompt: string, results: readonly string[], now: number): { sleepMs: number; reply: Reply } {
  let calls = 0;
  let sleepMs = 0;
  for (const directive of directivesOf(prompt)) {
    if (directive.kind === 'call') {
      if (calls === results.length) return { sleepMs, reply: directive };
      calls += 1;
      continue;
    }
    if (calls < results.length) continue;
    if (directive.kind === 'sleep') sleepMs += directive.ms;
    else if (directive.kind === 'limit') {
      return { sleepMs, reply: { kind: 'limit', resetsAt: now + directive.seconds * 1000 } };
    } else return { sleepMs, reply: directive };
  }
  const text = results.length > 0 ? `RESULTS: ${results.join('\n---\n')}` : `ECHO: ${prompt.slice(-2000)}`;
  return { sleepMs, reply: { kind: 'say', text } };
}

/** The directive of a call, for prompts that are built in code. Nest them through the arguments. */
export const call = (tool: string, args: Record<string, unknown> = {}): string =>
  `[[call ${tool} ${JSON.stringify(args)}]]`;
