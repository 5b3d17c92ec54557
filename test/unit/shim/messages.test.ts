import { expect, test } from 'vitest';
import { idAtTheEnds, keyOf, parse } from '../../../shim/messages.ts';

test.each([
  ['a request', '{"jsonrpc":"2.0","id":1,"method":"ping"}', { id: 1, method: 'ping' }],
  ['a notification', '{"jsonrpc":"2.0","method":"x"}', { method: 'x' }],
  ['an answer', '{"jsonrpc":"2.0","id":"a","result":{}}', { id: 'a' }],
  ['an error', '{"jsonrpc":"2.0","id":"a","error":{"code":1,"message":""}}', { id: 'a' }],
])('%s is a message', (_what, line, part) => {
  expect(parse(line)).toMatchObject(part);
});

test.each([
  ['no JSON', 'hello', -32700, undefined],
  ['half a line', '{"jsonrpc":"2.0","id":1', -32700, undefined],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, undefined],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600, 1],
  ['neither request nor answer', '{"jsonrpc":"2.0","id":"a"}', -32600, 'a'],
  ['a method that is no text', '{"jsonrpc":"2.0","id":3,"method":4}', -32600, 3],
  ['an id that is none', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, undefined],
  ['an answer to nothing', '{"jsonrpc":"2.0","result":{}}', -32600, undefined],
])('%s is refused, with its id where it has one', (_what, line, code, id) => {
  expect(parse(line)).toEqual({ problem: expect.any(String), code, id });
});

test('a number and its text are different ids', () => {
  expect(keyOf(1)).not.toBe(keyOf('1'));
});

const at = (line: string) => idAtTheEnds(line.slice(0, 60), line.slice(-60));
const filler = 'x'.repeat(200);

test.each([
  ['first, as Codex writes it', `{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"a":"${filler}"}}`, 12],
  [
    'last, as Claude Code writes it',
    `{"method":"tools/call","params":{"a":"${filler}"},"jsonrpc":"2.0","id":"a\\"b"}`,
    'a"b',
  ],
  ['before the version', `{"method":"tools/call","params":{"a":"${filler}"},"id":7,"jsonrpc":"2.0"}`, 7],
  ['only inside the parameters', `{"jsonrpc":"2.0","method":"x","params":{"a":{"b":"${filler}"},"id":5}}`, undefined],
  ['only inside a text', `{"jsonrpc":"2.0","method":"x","params":{"a":"${filler}},\\"id\\":5}"}}`, undefined],
  ['nowhere', filler, undefined],
])('the id of a line that was too long: %s', (_where, line, id) => {
  expect(at(line)).toBe(id);
});

test('an error that is about no request in particular is a message; anything else with null as its id is none', () => {
  const error = { code: -32600, message: 'The hello is longer than …' };
  expect(parse(JSON.stringify({ jsonrpc: '2.0', id: null, error }))).toEqual({ jsonrpc: '2.0', error });
  expect(parse('{"jsonrpc":"2.0","id":null,"method":"ping"}')).toHaveProperty('problem');
  expect(parse('{"jsonrpc":"2.0","id":null,"result":{}}')).toHaveProperty('problem');
});
