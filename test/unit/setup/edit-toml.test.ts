import { expect, test } from 'vitest';
import { tomlFormat } from '../../../setup/edit-toml.ts';
import type { Change } from '../../../setup/edits.ts';
import { edited } from '../../../setup/format.ts';
import { statementsOf } from '../../../shared/toml-scan.ts';

const set = (path: string[], value: Extract<Change, { op: 'set' }>['value']): Change => ({ op: 'set', path, value });

test('a table is appended, a pair goes behind the last pair of its table', () => {
  expect(
    edited(tomlFormat, 'a = 1 # one\n\n# about b\n[b]\nc = 2', [
      set(['x'], true),
      set(['b', 'd'], 'v'),
      set(['s', 'q'], { n: 1, env: { E: 'x"y' } }),
    ]),
  ).toBe('a = 1 # one\nx = true\n\n# about b\n[b]\nc = 2\nd = "v"\n\n[s.q]\nn = 1\n\n[s.q.env]\nE = "x\\"y"\n');
});

test.each([
  {
    what: 'a table',
    text: '[s.q]\ncommand = "old" # why\nmine = 1\n\n[s.q.env]\nE = "1"\nF = "2"\n',
    after: '[s.q]\ncommand = "new" # why\nmine = 1\n\n[s.q.env]\nE = "3"\nF = "2"\n',
  },
  {
    what: 'quoted and spaced keys',
    text: '[ s . "q" ]\n"command"="old"\n[s.q.env]\n',
    after: '[ s . "q" ]\n"command"="new"\n[s.q.env]\nE = "3"\n',
  },
  {
    what: 'an inline table',
    text: '[s]\nq = { command = "old", env = { F = "2" } } # x\n',
    after: '[s]\nq = { command = "new", env = { F = "2", E = "3" } } # x\n',
  },
  {
    what: 'dotted keys',
    text: 's.q.command = "old"\ns.q.env.E = "1"\n',
    after: 's.q.command = "new"\ns.q.env.E = "3"\n',
  },
])('an entry is changed in place: $what', ({ text, after }) => {
  expect(edited(tomlFormat, text, [set(['s', 'q', 'command'], 'new'), set(['s', 'q', 'env', 'E'], '3')])).toBe(after);
});

test('a table is removed with those below it, and nothing around it', () => {
  const text = '[a]\nx = 1\n\n[s.q]\nn = [\n  1, # ]\n]\n\n[s.q.env]\nE = """\n[z]\n"""\n\n# about b\n[b]\ny = 2\n';
  expect(
    edited(tomlFormat, text, [
      { op: 'remove', path: ['s', 'q'] },
      { op: 'remove', path: ['s'] },
    ]),
  ).toBe('[a]\nx = 1\n\n# about b\n[b]\ny = 2\n');
});

test('an inline table that holds others is refused, since it would have to be written anew', () => {
  expect(() => edited(tomlFormat, 's = { other = { x = 1.0 } }', [set(['s', 'q'], { a: 1 })])).toThrow(
    '"s" is an inline table',
  );
});

test('statements are found through strings, lists and comments', () => {
  const text =
    'a = "# no" # yes\nb = [ "]", # ]\n 1 ]\nc = \'\'\'\n[x]\'\'\'\nd = """a\\""""\n[[t.u]]\n\'e.f\'.g = { h = "}" }\n';
  expect(
    statementsOf(text).map(({ path, valueStart, valueEnd }) => [path.join('/'), text.slice(valueStart, valueEnd)]),
  ).toEqual([
    ['a', '"# no"'],
    ['b', '[ "]", # ]\n 1 ]'],
    ['c', "'''\n[x]'''"],
    ['d', '"""a\\""""'],
    ['t/u', ''],
    ['t/u/e.f/g', '{ h = "}" }'],
  ]);
});
