import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configOf } from '../../../../daemon/config/config.ts';
import { defaultFile } from '../../../../daemon/config/default-file.ts';
import { readToml } from '../../../../daemon/config/read.ts';
import { sections } from '../../../../daemon/config/table.ts';
import { resolvePolicy } from '../../../../shared/policy.ts';
import { proves } from '../../../promises.ts';

const problemsOf = (text: string): string[] => readToml(text).problems.map((one) => `${one.line}: ${one.text}`);

const bad: [string, string][] = [
  ['[prices.gpt-5]\ninput = 1', '1: [prices.gpt-5] has no "output", which it needs'],
  [
    '[prices]\n"gpt-5" = { input = -1, output = 1 }',
    '2: input in [prices.gpt-5] is -1, which is not a number of US dollars from 0 up',
  ],
  ['[policy]\nmax_dept = 1', '2: there is no key "max_dept" in [policy]; did you mean "max_depth"?'],
  ['\n[limits]\nmax_runing = 1', '3: there is no key "max_runing" in [limits]; did you mean "max_running"?'],
  ['[policy]\nmax_running = 1', '2: there is no key "max_running" in [policy]; it belongs into [limits]'],
  ['max_job_bytes = 1', '1: there is no section or key "max_job_bytes" here; it belongs into [limits]'],
  ['[polcy]\nmax_depth = 1', '1: there is no section or key "polcy" here; did you mean "policy"?'],
  [
    'a = 1',
    '1: there is no section or key "a" here; known: policy, hosts, ceiling, env, limits, prices, http, retention',
  ],
  [
    '[ceiling]\n# x\n\nclarify = 1',
    '4: there is no key "clarify" in [ceiling]; it belongs into [policy] or [hosts.<name>]',
  ],
  ['policy = 3', '1: policy is 3, which is not a table: write [policy]'],
  ['[[limits]]\nmax_running = 1', '1: limits is [{"max_running":1}], which is not a table: write [limits]'],
  ['[hosts]\ncodex = "x"', '2: codex is "x", which is not a table: write [hosts.codex]'],
  ['limits = { max_running = 0 }', '1: max_running in [limits] is 0, which is not a whole number of jobs from 1 up'],
  ['[limits]\nmax_running = 1.5', '2: max_running in [limits] is 1.5, which is not a whole number of jobs from 1 up'],
  ['[limits.agents]\ncodx = 1', '2: there is no key "codx" in [limits.agents]; did you mean "codex"?'],
  ['[retention]\nmax_age_days = -1', '2: max_age_days in [retention] is -1, which is not a number of days above 0'],
  [
    '[policy]\ntimeout_ms = 2026-01-01',
    '2: timeout_ms in [policy] is "2026-01-01", which is not a whole number of milliseconds from 1 up',
  ],
  ['[policy]\ndebug.x = 1', '2: debug in [policy] is {"x":1}, which is not the absolute path of a file'],
  [
    '[env]\ndrop = ["A-B"]',
    '2: drop in [env] is ["A-B"], which is not a list of variable names, each with or without * at its end',
  ],
  [
    '[env.set]\nQANTARA_HOME = "x"',
    '2: "QANTARA_HOME" in [env.set] is not the name of a variable, which QANTARA_… and BRIDGE_… are not',
  ],
  ['[env.set]\nTOKEN = { secret = "x" }', '2: TOKEN in [env.set] is not a text'],
  ['[policy]\nmax_depth = 1\nmax_depth = 2', '3: trying to redefine an already defined table or value'],
  ['[policy]\nmax_depth = 99999999999999999999', '2: integer value cannot be represented losslessly'],
];
test.each(bad)(`${proves('C-01')} %j is refused with its line, what it says and what is allowed`, (text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});

test(`${proves('C-01')} everything that is wrong is said at once, by lines`, () => {
  const text = 'policy.timeout_ms = "soon"\n[limits]\nmax_runing = 4\n[hosts."a b"]\n\nsandbox = "none"\n';
  expect(() => configOf('/x/config.toml', text)).toThrow(
    '/x/config.toml cannot be used: line 1: timeout_ms in [policy] is "soon", which is not a whole number of ' +
      'milliseconds from 1 up; line 3: there is no key "max_runing" in [limits]; did you mean "max_running"?; ' +
      'line 6: sandbox in [hosts.a b] is "none", which is not one of read-only, workspace-write, danger-full-access. Correct',
  );
});

const uncommented = defaultFile().replaceAll(/^#(?! )/gm, '');

test(`${proves('C-02')} the default file says what no file says, with its keys as comments and as keys`, () => {
  const facts = (text: string) => {
    const { entries: _entries, layers, exposed, ...rest } = configOf('/x', text);
    const { origins: _, ...policy } = resolvePolicy(layers.below('claude'), layers.ceiling);
    return { policy, offered: exposed.hosts[''], ceiling: exposed.ceiling, ...rest };
  };
  expect(facts(defaultFile())).toEqual(facts(''));
  expect(uncommented).not.toBe(defaultFile());
  expect(facts(uncommented)).toEqual(facts(''));
});

test(`${proves('C-02')} the default file has every section and every key`, () => {
  const written = readToml(uncommented).entries;
  for (const { path, keys, asIn } of sections) {
    const isExample = path.includes('<name>') && !asIn;
    const title = isExample ? path.join('.') : path.join('.').replace('<name>', 'claude');
    expect(uncommented).toContain(`\n${isExample ? '# ' : ''}[${title}]\n`);
    if (asIn || isExample)
      for (const name of Object.keys(keys)) expect(uncommented).toMatch(new RegExp(`^#.*\\b${name}\\b`, 'm'));
    else
      expect(written.filter((one) => one.path.join('.') === title).map((one) => one.name)).toEqual(Object.keys(keys));
  }
});

test('values are read as they are meant', () => {
  const { limits, prices, retention, env, layers, exposed } = configOf(
    '/x',
    '[limits]\nmax_running = 3\nmax_cost_usd_per_day = 2.50\nagents = { codex = 2, claude = "" }\n[retention]\nmax_age_days = 0.5\n' +
      '[env]\npass = "A*, B"\ndrop = ["C"]\nset.TOKEN = "s, t"\n[hosts.gemini]\nexpose = ["codex"]\nclarify = false\n' +
      '[prices."gpt-5.1"]\ninput = 1.25\noutput = 10\n',
  );
  expect(limits).toMatchObject({
    total: 3,
    jobBytes: 1024 ** 3,
    agents: { codex: 2 },
    budgets: { day: { costUsd: 2.5 } },
  });
  expect(prices.get('gpt-5.1')).toEqual({ input: 1.25, output: 10 });
  expect(retention).toEqual({ maxAgeMs: 43_200_000, maxBytes: 10 * 1024 ** 3, keepPrompts: true });
  expect(env).toEqual({ pass: ['A*', 'B'], drop: ['C'], set: { TOKEN: 's, t' } });
  expect(resolvePolicy(layers.below('gemini')).clarify).toBe(false);
  expect(exposed).toMatchObject({
    hosts: { '': ['claude', 'codex', 'gemini'], gemini: ['codex'] },
    ceiling: undefined,
  });
});

test('what the README shows of config.toml is right', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../../README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```toml\n(.*?)^```/gms)].map(([, text]) => text ?? '');
  const own = blocks.filter((text) => /^\[(policy|limits)\]/m.test(text));
  expect(own.length).toBeGreaterThan(0);
  expect(own.flatMap(problemsOf)).toEqual([]);
});
