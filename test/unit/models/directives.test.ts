import { describe, expect, test } from 'vitest';
import { directivesOf, nextReply } from '../../models/directives.ts';

const now = 1_800_000_000_000;
const reply = (prompt: string, ...results: string[]) => nextReply(prompt, results, now).reply;

describe('directivesOf', () => {
  test('finds every kind, in order, among other words', () => {
    const prompt =
      'Briefing.\n<context>[[1]] [x]</context> [[call t {"a":[1]}]] b [[sleep 5]][[fail 503]] [[limit 60]] [[say  done ]] end';
    expect(directivesOf(prompt)).toEqual([
      { kind: 'call', tool: 't', args: { a: [1] } },
      { kind: 'sleep', ms: 5 },
      { kind: 'fail', status: 503 },
      { kind: 'limit', seconds: 60 },
      { kind: 'say', text: 'done' },
    ]);
  });

  test('leaves what stands inside a call to the agent that it reaches', () => {
    const inner = '[[call ask_b {"task":"[[say deep]]"}]]';
    const [outer, ...rest] = directivesOf(`[[call ask_a ${JSON.stringify({ task: inner })}]]`);
    expect(rest).toEqual([]);
    expect(outer).toEqual({ kind: 'call', tool: 'ask_a', args: { task: inner } });
    expect(directivesOf(inner)).toEqual([{ kind: 'call', tool: 'ask_b', args: { task: '[[say deep]]' } }]);
  });

  test('takes an opening without its end, and an end without its opening, for plain words', () => {
    expect(directivesOf(']] [[say never')).toEqual([]);
  });

  test('throws when the arguments of a call are not JSON', () => {
    expect(() => directivesOf('[[call t {nope}]]')).toThrow(SyntaxError);
  });
});

describe('nextReply', () => {
  const prompt = '[[sleep 10]] [[call a {"n":1}]] [[sleep 20]] [[sleep 30]] [[call b]] [[say end]]';

  test('carries out one call a turn, with the sleeps before it', () => {
    expect(nextReply(prompt, [], now)).toEqual({ sleepMs: 10, reply: { kind: 'call', tool: 'a', args: { n: 1 } } });
    expect(nextReply(prompt, ['r'], now)).toEqual({ sleepMs: 50, reply: { kind: 'call', tool: 'b', args: {} } });
    expect(nextReply(prompt, ['r', 's'], now)).toEqual({ sleepMs: 0, reply: { kind: 'say', text: 'end' } });
  });

  test('answers with the results after the last call', () => {
    expect(reply('[[call a]] [[call b]]', 'one', 'two')).toEqual({ kind: 'say', text: 'RESULTS: one\n---\ntwo' });
  });

  test('echoes a prompt without directives', () => {
    expect(reply('hello')).toEqual({ kind: 'say', text: 'ECHO: hello' });
  });

  test('a limit ends three hours from now, or when the directive says', () => {
    expect(reply('[[limit]]')).toEqual({ kind: 'limit', resetsAt: now + 3 * 3600 * 1000 });
    expect(reply('[[limit 60]]')).toEqual({ kind: 'limit', resetsAt: now + 60_000 });
  });

  test('fails only when the calls before it are done', () => {
    expect(reply('[[call a]] [[fail 500]]')).toMatchObject({ kind: 'call', tool: 'a' });
    expect(reply('[[call a]] [[fail 500]]', 'r')).toEqual({ kind: 'fail', status: 500 });
  });
});
