import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseToml, stringify as stringifyToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { type JsonObject, valueAt } from '../../../setup/edits.ts';
import { documentOf } from '../../../setup/format.ts';
import type { Host } from '../../../setup/host.ts';
import { hosts } from '../../../setup/hosts/index.ts';
import { changes } from '../../../setup/plan.ts';
import { isOurs } from '../../../setup/registration.ts';
import { linkAway, pathOf, put, setupPlace, stateOf } from '../../helpers/setup-place.ts';
import { proves } from '../../promises.ts';

const plainJson = [
  '{}',
  '{\n}\n',
  '',
  '\n',
  '{\n  "numStartups": 7,\n  "projects": {\n    "/home/x": { "allowedTools": [], "mcpServers": {} }\n  }\n}\n',
  '{\n\t"mcpServers": {\n\t\t"other": { "command": "x", "args": ["-y", "a // b", "/* c */"] }\n\t},\n\t"last": [1, 2, {"deep": null}]\n}',
  '{"a":1,"mcpServers":{"other":{"command":"x"}},"mcp":{"allowed":["other"]},"permissions":{"allow":["Bash(ls:*)"],"deny":[]}}',
  '{ "mcpServers": {}, "permissions": { "allow": [] }, "mcp": { "allowed": [] } }',
  '{\n    "permissions": {\n        "allow": [\n            "Bash(npm run test:*)",\n            "WebFetch"\n        ]\n    },\n    "théme": "dunkel ✨",\n    "__proto__": {"x": 1}\n}\n',
  '{\n"mcpServers": {\n"other": {"command": "x"}\n}\n}\n',
];

const commented = [
  '// mine\n{\n  // servers\n  "mcpServers": {\n    "other": { "command": "x" } // keep\n    // and this\n  }, /* after */\n  "theme": "dark" // the last one, with a comma, and a }\n}\n// end\n',
  '{ // only a comment\n}\n',
  '{\n  /* block */ "a": "// no comment" /* b */ /* c */\n  // tail\n}\n',
];

const trailing = [
  '{\n  "context_servers": {\n    "other": { "command": "x", },\n  },\n  "servers": {},\n  "tabs": [1, 2,], // x\n}\n',
  '{"a": [1,], "mcpServers": {"other": {"command": "x",},},}',
];

const toml = [
  '',
  '# nothing but a comment',
  'model = "gpt" # the best\n\n[tools]\nweb_search = true\n',
  '# first line\n\n# about the table\n[mcp_servers.other]\ncommand = "x"\nargs = [\n  "a", # one\n  "]",\n]\n\n[mcp_servers.other.env]\nTOKEN = \'a"b\'\n\n[projects."/home/x.y"]\ntrust_level = "trusted"\n',
  'notify = ["a",\n  "b"]\ntext = """\n[mcp_servers.qantara]\ncommand = "no table"\n"""\nraw = \'\'\'\n# = ]\'\'\'\n[[list]]\nx = 1979-05-27T07:32:00Z\n[[list]]\ny = 1.50\n[a.b]\n"quoted key" = {z = 2.0, w = "}"}\n# the end',
  'mcp_optional_startup_grace_ms = 0\n[mcp_servers]\n[profiles.x]\nmodel = "y"',
];

/** The texts to try for a host, in every layout that its parser takes. */
function textsFor(host: Host): string[] {
  const own = [...plainJson, ...commented, ...trailing, ...toml].filter((text) => parses(host, text));
  // One host of each syntax gets every layout; the others share its editor.
  if (!['claude', 'codex', 'zed'].includes(host.name)) return own;
  return own.flatMap((text) => [text, text.replaceAll('\n', '\r\n'), `\ufeff${text}`, text.trimEnd()]);
}

function parses(host: Host, text: string): boolean {
  try {
    return host.files.every((file) => documentOf(file.format, text));
  } catch {
    return false;
  }
}

/** What is in a file besides ours. */
function others(host: Host, text: string): unknown {
  const document = documentOf(formatOf(host), text);
  const strip = (value: unknown, path: string[]): unknown => {
    if (Array.isArray(value))
      return value.filter((item) => item !== 'qantara' && item !== 'mcp__qantara__*').map((item) => strip(item, path));
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    const entries = Object.entries(value)
      .filter(([key]) => [...path, key].join() !== host.entry.join() && key !== 'mcp_optional_startup_grace_ms')
      .map(([key, inner]) => [key, strip(inner, [...path, key])] as const)
      .filter(([, inner]) => !isEmpty(inner));
    return Object.fromEntries(entries);
  };
  return strip(document, []);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && Object.keys(value).length === 0;

const formatOf = (host: Host) => {
  const format = host.files[0]?.format;
  if (!format) throw new Error(`${host.name} has no file`);
  return format;
};

/** What stands in a text in the order it stands there: strings, comments, numbers; not layout and not brackets. */
const words = (text: string): string[] => text.match(/[^\s,{}[\]:]+/g) ?? [];

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const word of whole) if (word === part[at]) at++;
  return at === part.length;
}

describe.each(hosts)('$name', (host) => {
  const texts = textsFor(host);
  /** For what depends on what is in a file more than on how it is laid out. */
  const some = texts.filter((_, at) => texts.length < 30 || at % 4 < 2);

  test(`setup twice is setup once, and setup and undo give back every byte ${proves('P-21', 'S-01', 'S-02')}`, () => {
    expect(texts.length).toBeGreaterThanOrEqual(10);
    for (const text of [undefined, ...texts]) {
      const bench = setupPlace();
      const paths = host.files.map((_, at) => pathOf(bench, host, at));
      if (text !== undefined) for (const path of paths) put(path, text, 0o640);
      const before = paths.map(stateOf);

      expect(bench.setup(host), JSON.stringify(text)).toBeUndefined();
      const once = paths.map(stateOf);
      const written = readFileSync(paths[0] ?? '', 'utf8');
      expect(isOurs(valueAt(documentOf(formatOf(host), written), host.entry)), JSON.stringify(text)).toBe(true);
      if (text !== undefined) {
        expect(others(host, written), JSON.stringify(text)).toEqual(others(host, text));
        expect(
          isSubsequence(words(text), words(written)),
          `${JSON.stringify(text)} became ${JSON.stringify(written)}`,
        ).toBe(true);
        expect(once[0]).toContain('file 640');
        if (text.includes('\r\n')) expect(written).not.toMatch(/[^\r]\n/);
        else expect(written).not.toContain('\r');
      }

      const again = bench.plan(host);
      expect('steps' in again && again.steps.filter(changes), JSON.stringify(text)).toEqual([]);
      expect(bench.setup(host)).toBeUndefined();
      expect(paths.map(stateOf)).toEqual(once);

      expect(bench.undo(host)).toBeUndefined();
      expect(paths.map(stateOf), JSON.stringify(text)).toEqual(before);
      expect(paths.map((path) => existsSync(`${path}.qantara.bak`))).toEqual(paths.map(() => false));
      if (text === undefined)
        expect(paths.map((path) => dirname(path) === bench.home || existsSync(dirname(path)))).toEqual(
          paths.map((path) => dirname(path) === bench.home),
        );
    }
  });

  test(`undo takes out exactly ours after others have edited the file ${proves('S-02')}`, () => {
    for (const text of some.filter((one) => one.trim() !== '')) {
      const bench = setupPlace();
      const path = pathOf(bench, host);
      put(path, text);
      bench.setup(host);
      // A host that rewrites its file, and adds to it.
      const document = documentOf(formatOf(host), readFileSync(path, 'utf8'));
      writeFileSync(path, rewritten(host, { ...document, added: { by: 'someone' } }));
      const edited = readFileSync(path, 'utf8');
      expect(bench.setup(host), edited).toBeUndefined();
      expect(readFileSync(path, 'utf8')).toBe(edited);

      expect(bench.undo(host)).toBeUndefined();
      const left = documentOf(formatOf(host), readFileSync(path, 'utf8'));
      expect(valueAt(left, host.entry), text).toBeUndefined();
      expect(valueAt(left, ['added', 'by'])).toBe('someone');
      const { added: _, ...rest } = left;
      // Containers that setup made are gone, those that were there are not.
      const whole = (value: unknown) => (host.name === 'codex' ? pruned(value) : value);
      expect(whole(rest), JSON.stringify(text)).toEqual(whole(documentOf(formatOf(host), text)));
    }
  });

  test(`a newer release is registered in place of the older, and undo still gives back every byte ${proves('S-03')}`, () => {
    for (const text of [undefined, ...some]) {
      const bench = setupPlace();
      const path = pathOf(bench, host);
      if (text !== undefined) put(path, text);
      const before = stateOf(path);
      bench.setup(host, { shim: '/old/version/dist/qantara-shim.js', command: '/old/node' });
      expect(bench.setup(host)).toBeUndefined();
      const now = readFileSync(path, 'utf8');
      expect(now).not.toContain('/old/');
      expect(now).toContain('/opt/qantara/dist/qantara-shim.js');
      // The backup is the person's own text, never one with ours in it.
      const backup = `${path}.qantara.bak`;
      expect(existsSync(backup) ? readFileSync(backup, 'utf8') : undefined).toBe(text);
      expect(bench.undo(host)).toBeUndefined();
      expect(stateOf(path), JSON.stringify(text)).toBe(before);
    }
  });

  test(`a link stays a link, and the file it leads to is edited ${proves('P-21')}`, () => {
    const bench = setupPlace();
    const path = pathOf(bench, host);
    const target = join(bench.home, 'dotfiles', 'settings');
    put(target, '');
    linkAway(path, target);
    const plan = bench.plan(host);
    expect('notes' in plan && plan.notes.join()).toContain(`${path} is a link; the file that changes is ${target}.`);
    expect(bench.setup(host)).toBeUndefined();
    expect(stateOf(path)).toMatch(/^link 600 /);
    expect(readFileSync(target, 'utf8')).toContain('qantara-shim.js');
    expect(readFileSync(`${path}.qantara.bak`, 'utf8')).toBe('');
    bench.undo(host);
    expect(stateOf(path)).toBe('link 600 ');
  });
});

function rewritten(host: Host, document: JsonObject): string {
  return host.name === 'codex' ? `${stringifyToml(document)}\n` : `${JSON.stringify(document, null, 2)}\n`;
}

/** Without what is empty: TOML does not write that down. */
function pruned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, pruned(inner)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => !isEmpty(inner)));
}

test('the rewriting of these tests is sound', () => {
  expect(parseToml(stringifyToml({ a: { b: [1] } }))).toEqual({ a: { b: [1] } });
});
