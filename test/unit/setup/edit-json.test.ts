import { expect, test } from 'vitest';
import { jsonFormat } from '../../../setup/edit-json.ts';
import type { Change } from '../../../setup/edits.ts';
import { edited } from '../../../setup/format.ts';

const format = jsonFormat({ comments: true, trailingCommas: true });
const set: Change = { op: 'set', path: ['s', 'q'], value: { command: 'x', args: ['a'] } };
const append: Change = { op: 'append', path: ['allow'], item: 'ours' };

const layouts: { what: string; change: Change; before: string; after: string }[] = [
  {
    what: 'tabs',
    change: set,
    before: '{\n\t"s": {}\n}',
    after: '{\n\t"s": {\n\t\t"q": {\n\t\t\t"command": "x",\n\t\t\t"args": [\n\t\t\t\t"a"\n\t\t\t]\n\t\t}\n\t}\n}',
  },
  { what: 'no space at all', change: set, before: '{"a":1}', after: '{"a":1,"s":{"q":{"command":"x","args":["a"]}}}' },
  {
    what: 'one spaced line',
    change: set,
    before: '{ "a": 1 }',
    after: '{ "a": 1, "s": {"q": {"command": "x", "args": ["a"]}} }',
  },
  {
    what: 'a comment behind the last property',
    change: append,
    before: '{\n  "a": 1 // one\n  // end\n}\n',
    after: '{\n  "a": 1, // one\n  // end\n  "allow": [\n    "ours"\n  ]\n}\n',
  },
  {
    what: 'a trailing comma',
    change: append,
    before: '{\n  "allow": [\n    "a",\n  ],\n}\n',
    after: '{\n  "allow": [\n    "a",\n    "ours",\n  ],\n}\n',
  },
  {
    what: 'a list on one line',
    change: append,
    before: '{\n  "allow": ["a", "b"]\n}\n',
    after: '{\n  "allow": ["a", "b", "ours"]\n}\n',
  },
  {
    what: 'Windows line ends',
    change: append,
    before: '{\r\n  "allow": []\r\n}\r\n',
    after: '{\r\n  "allow": [\r\n    "ours"\r\n  ]\r\n}\r\n',
  },
  {
    what: 'a comma inside a comment',
    change: append,
    before: '{\n  "allow": [\n    "a" /* , */\n  ]\n}',
    after: '{\n  "allow": [\n    "a", /* , */\n    "ours"\n  ]\n}',
  },
];

test.each(layouts)('a new value follows the layout of the file: $what', ({ change, before, after }) => {
  expect(edited(format, before, [change])).toBe(after);
});

test('what was put in can be taken out of every layout', () => {
  for (const { change, before, after } of layouts) {
    const back: Change =
      change.op === 'set' ? { op: 'remove', path: change.path } : { op: 'drop', path: change.path, item: 'ours' };
    const emptied = edited(format, after, [back]);
    expect(emptied.replace(/,?\s*"(s|allow)": ?(\{\}|\[\])/, ''), before).toContain(
      before.includes('"a"') ? '"a"' : '{',
    );
    expect(edited(format, emptied, [change]).replace(/\s/g, '')).toBe(after.replace(/\s/g, ''));
  }
});

test('what cannot be edited alone is refused', () => {
  expect(() => edited(format, '{"s": {"q": 1}, "s": {"q": 2}}', [{ op: 'set', path: ['s', 'q'], value: 3 }])).toThrow(
    'cannot edit',
  );
  expect(() => edited(format, '{"allow": ["ours", "ours"]}', [{ op: 'drop', path: ['allow'], item: 'ours' }])).toThrow(
    'more than once',
  );
  expect(() => edited(format, '{"allow": "text"}', [append])).toThrow('no list');
});
