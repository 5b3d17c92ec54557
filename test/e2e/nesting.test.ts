import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Policy } from '../../shared/policy.ts';
import type { HostName, World } from '../helpers/hosts.ts';
import { call } from '../models/directives.ts';
import { writePrivate } from '../models/home.ts';
import { proves } from '../promises.ts';
import { useWorld } from './world.ts';

interface Row {
  id: string;
  agent: string;
  parent: string | null;
  depth: number;
  mode: string;
  policy: Policy;
}

/** The jobs of a world with what no command tells yet, oldest first. */
function rowsOf(world: World): Row[] {
  const db = new Database(join(world.home, '.qantara', 'qantara.db'), { readonly: true });
  try {
    const rows = db.prepare('select id, agent, parent, depth, mode, policy from jobs order by sequence').all();
    return (rows as (Row & { policy: string })[]).map((row) => ({ ...row, policy: JSON.parse(row.policy) }));
  } finally {
    db.close();
  }
}

/** Each host's MCP servers get another environment: Claude Code's the whole, Codex' a whitelist, Gemini's a filtered one. */
// In plan mode neither claude 2.1.330 nor gemini 0.61 calls a tool of ours, so those in the middle are in another.
describe(`${proves('B-02', 'N-04')} a real CLI in the middle`, () => {
  const middles = [
    { middle: 'claude', host: 'codex', agent: 'gemini', held: 'plan', policy: { BRIDGE_CLAUDE_PERMISSION: 'default' } },
    {
      middle: 'claude-old',
      host: 'codex',
      agent: 'gemini',
      held: 'plan',
      policy: { BRIDGE_CLAUDE_PERMISSION: 'default' },
    },
    { middle: 'codex', host: 'claude', agent: 'claude', held: 'plan', policy: { BRIDGE_SANDBOX: 'read-only' } },
    {
      middle: 'gemini',
      host: 'claude',
      agent: 'codex',
      held: 'read-only',
      policy: { BRIDGE_GEMINI_APPROVAL: 'default' },
    },
  ] as const;
  for (const { middle, host, agent, held, policy } of middles) {
    test(`${middle}: what it delegates knows its parent and depth, and gets no more access`, async () => {
      const claude = middle === 'claude-old' ? middle : 'claude';
      const world = await useWorld({ policy, claude });
      const name = middle === 'claude-old' ? 'claude' : middle;
      const inner = call(`ask_${agent}`, { task: '[[say innermost]]' });
      const run = await world.ask(host, call(`ask_${name}`, { task: inner }));
      expect(run.answer).toContain('innermost');
      expect(run.answer).toContain(`${held} (${agent === 'codex' ? 'sandbox' : 'rule'}), held by job ${name}-1`);
      expect(rowsOf(world)).toMatchObject([
        { id: `${name}-1`, parent: null, depth: 1 },
        { id: `${agent}-2`, parent: `${name}-1`, depth: 2, mode: held, policy: { heldBy: `job ${name}-1` } },
      ]);
    });
  }

  test('three deep, with a different CLI at each step, the narrowest holds to the end', async () => {
    const world = await useWorld({
      policy: { BRIDGE_GEMINI_APPROVAL: 'default', BRIDGE_CLAUDE_PERMISSION: 'default' },
    });
    const refused = call('ask_gemini', { task: '[[say never]]' });
    const third = call('ask_codex', { task: refused });
    const second = call('ask_claude', { task: third });
    const run = await world.ask('claude', call('ask_gemini', { task: second }));
    expect(run.answer).toContain('Refused: this delegation is already 3 deep and BRIDGE_MAX_DEPTH is 3.');
    expect(rowsOf(world).map(({ parent, depth, mode }) => [parent, depth, mode])).toEqual([
      [null, 1, 'default'],
      ['gemini-1', 2, 'default'],
      ['claude-2', 3, 'read-only'],
    ]);
  });
});

describe(`${proves('N-06')} what the owner allows an agent`, () => {
  function allowEverything(world: World): void {
    const settings = join(world.home, '.claude', 'settings.json');
    const rules = { allow: ['Bash', 'Write', 'Edit', 'mcp__qantara__*'] };
    writeFileSync(settings, JSON.stringify({ ...JSON.parse(readFileSync(settings, 'utf8')), permissions: rules }));
    const tools = '["run_shell_command", "write_file", "replace"]';
    const rule = `[[rule]]\ntoolName = ${tools}\ndecision = "allow"\npriority = 999\n`;
    writePrivate(join(world.home, '.gemini', 'policies', 'own.toml'), rule);
    const rules2 = 'prefix_rule(pattern = ["touch"], decision = "allow")\n';
    writePrivate(join(world.home, '.codex', 'rules', 'default.rules'), rules2);
  }
  const shells = {
    claude: { tool: 'Bash', args: (path: string) => ({ command: `touch ${path}`, description: 'makes it' }) },
    gemini: { tool: 'run_shell_command', args: (path: string) => ({ command: `touch ${path}` }) },
    codex: { tool: 'exec_command', args: (path: string) => ({ cmd: `touch ${path}` }) },
  };
  const readOnly = {
    BRIDGE_GEMINI_APPROVAL: 'plan',
    BRIDGE_SANDBOX: 'read-only',
  };
  const cases = [
    { agent: 'claude', host: 'codex', middle: 'codex' },
    { agent: 'claude', host: 'codex', middle: 'codex', claude: 'claude-old' },
    { agent: 'gemini', host: 'claude', middle: 'codex' },
    { agent: 'codex', host: 'codex', middle: 'claude', mode: 'default' },
  ] as const;
  for (const { agent, host, middle, ...more } of cases) {
    const release = 'claude' in more ? more.claude : 'claude';
    test(`widens ${agent === 'claude' ? release : agent} for a person, and not inside a read-only delegation`, async () => {
      const mode = 'mode' in more ? more.mode : 'plan';
      const world = await useWorld({ policy: { ...readOnly, BRIDGE_CLAUDE_PERMISSION: mode }, claude: release });
      allowEverything(world);
      const { tool, args } = shells[agent];
      const outer = join(world.workspace, 'outer');
      await world.ask(host as HostName, call(`ask_${agent}`, { task: call(tool, args(outer)) }));
      // Without this the second half would prove nothing.
      expect(existsSync(outer)).toBe(true);
      const inner = join(world.workspace, 'inner');
      const task = call(`ask_${agent}`, { task: call(tool, args(inner)) });
      const run = await world.ask(host as HostName, call(`ask_${middle}`, { task }));
      expect(run.answer).toContain(`held by job ${middle}-2`);
      expect(existsSync(inner)).toBe(false);
    });
  }

  test('inside a delegation that may edit, files can be written and commands cannot be run', async () => {
    const world = await useWorld();
    allowEverything(world);
    for (const [agent, write] of [
      ['claude', 'Write'],
      ['gemini', 'write_file'],
    ] as const) {
      const made = join(world.workspace, `${agent}-made`);
      const touched = join(world.workspace, `${agent}-touched`);
      const { tool, args } = shells[agent];
      const inner = call(write, { file_path: made, content: 'x' }) + call(tool, args(touched));
      await world.ask('claude', call('ask_codex', { task: call(`ask_${agent}`, { task: inner }) }));
      expect([existsSync(made), existsSync(touched)]).toEqual([true, false]);
    }
  });

  test('other places that codex may write are closed to one that may only edit its workspace', async () => {
    const world = await useWorld();
    // Codex lets `workspace-write` also write below /tmp, where the worlds are.
    const elsewhere = mkdtempSync('/var/tmp/qantara-e2e-');
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    const config = join(world.home, '.codex', 'config.toml');
    const roots = `\n[sandbox_workspace_write]\nwritable_roots = [${JSON.stringify(elsewhere)}]\n`;
    writeFileSync(config, readFileSync(config, 'utf8') + roots);
    const paths = ['outer', 'inner'].map((name) => join(elsewhere, name)) as [string, string];
    const here = join(world.workspace, 'here');
    const touch = (path: string) => call('ask_codex', { task: call('exec_command', { cmd: `touch ${here} ${path}` }) });
    await world.ask('claude', touch(paths[0]));
    rmSync(here);
    await world.ask('claude', call('ask_claude', { task: touch(paths[1]) }));
    expect([...paths, here].map(existsSync)).toEqual([true, false, true]);
  });

  // Asked by a host that does not read the file in question.
  test.each([
    ['claude', 'gemini'],
    ['codex', 'gemini'],
    ['gemini', 'claude'],
  ] as const)('settings in the repository start nothing for %s, asked by %s', async (agent, other) => {
    const world = await useWorld();
    const planted = (agent: string) => join(world.home, `planted-${agent}`);
    const hook = (agent: string) => [{ hooks: [{ type: 'command', command: `touch ${planted(agent)}` }] }];
    const json = (folder: string, name: string, value: unknown) =>
      writePrivate(join(folder, name), JSON.stringify(value));
    json(world.workspace, '.claude/settings.json', { hooks: { SessionStart: hook('claude') } });
    json(world.workspace, '.gemini/settings.json', { hooks: { SessionStart: hook('gemini') } });
    json(world.home, '.gemini/trustedFolders.json', { [world.workspace]: 'TRUST_FOLDER' });
    const server = `[mcp_servers.planted]\ncommand = "/bin/sh"\nargs = ["-c", "touch ${planted('codex')}"]\n`;
    writePrivate(join(world.workspace, '.codex', 'config.toml'), server);
    const config = join(world.home, '.codex', 'config.toml');
    const trust = `\n[projects.${JSON.stringify(world.workspace)}]\ntrust_level = "trusted"\n`;
    writeFileSync(config, readFileSync(config, 'utf8') + trust);

    const task = call(`ask_${agent}`, { task: '[[say done]]' });
    // Without this the second half would prove nothing.
    await world.ask(other, task);
    expect(existsSync(planted(agent))).toBe(true);
    rmSync(planted(agent));
    const run = await world.ask(other, call(`ask_${other}`, { task }));
    expect(run.answer).toContain('done');
    expect(existsSync(planted(agent))).toBe(false);
  });
});

describe(`${proves('N-07')} a session that is resumed`, () => {
  const touch = (path: string) => call('exec_command', { cmd: `touch ${path}` });

  test('of codex takes the sandbox of today, narrower or wider', async () => {
    const world = await useWorld({ policy: { BRIDGE_SANDBOX: 'workspace-write' } });
    const names = ['first', 'second', 'third'].map((name) => join(world.workspace, name)) as [string, string, string];
    await world.ask('claude', call('ask_codex', { task: touch(names[0]) }));
    world.register({ BRIDGE_SANDBOX: 'read-only' });
    await world.ask('claude', call('ask_codex', { task: touch(names[1]), continue_session: true }));
    world.register({ BRIDGE_SANDBOX: 'workspace-write' });
    await world.ask('claude', call('ask_codex', { task: touch(names[2]), continue_session: true }));
    expect(names.map(existsSync)).toEqual([true, false, true]);
    expect(new Set((await world.jobs()).map(({ sessionId }) => sessionId)).size).toBe(1);
  });

  test.each([
    ['claude', 'Write', { BRIDGE_CLAUDE_PERMISSION: 'plan' }],
    ['gemini', 'write_file', { BRIDGE_GEMINI_APPROVAL: 'plan' }],
  ] as const)('of %s takes the mode of today', async (agent, tool, today) => {
    const world = await useWorld();
    const names = ['first', 'second'].map((name) => join(world.workspace, name)) as [string, string];
    const write = (path: string) => call(tool, { file_path: path, content: 'x' });
    await world.ask('codex', call(`ask_${agent}`, { task: write(names[0]) }));
    world.register(today);
    await world.ask('codex', call(`ask_${agent}`, { task: write(names[1]), continue_session: true }));
    expect(names.map(existsSync)).toEqual([true, false]);
    expect(new Set((await world.jobs()).map(({ sessionId }) => sessionId)).size).toBe(1);
  });
});

describe(`${proves('N-05')} inherit_sandbox with the real codex as host`, () => {
  const cases = [
    { sandbox: 'read-only', mode: 'plan', writes: false },
    { sandbox: 'workspace-write', mode: 'acceptEdits', writes: true },
    { sandbox: 'danger-full-access', mode: 'acceptEdits', writes: true },
  ];
  for (const { sandbox, mode, writes } of cases) {
    test(`--sandbox ${sandbox}: claude gets ${mode}`, async () => {
      const world = await useWorld({ policy: { BRIDGE_INHERIT_SANDBOX: '1' } });
      const made = join(world.workspace, 'made');
      const task = call('Write', { file_path: made, content: 'x' });
      const run = await world.ask('codex', call('ask_claude', { task }), { args: ['--sandbox', sandbox] });
      expect(existsSync(made)).toBe(writes);
      expect(rowsOf(world)).toMatchObject([{ mode }]);
      expect(run.answer.includes('held by the caller’s sandbox')).toBe(sandbox !== 'danger-full-access');
    });
  }
});
