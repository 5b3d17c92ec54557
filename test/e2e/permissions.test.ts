import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../models/directives.ts';
import { writePrivate } from '../models/home.ts';
import { proves } from '../promises.ts';
import { useWorld } from './world.ts';

/** What the owner permits is what the real CLI gets: proved by what it can write, not by what it was told. */
describe(`${proves('B-13')} BRIDGE_SANDBOX`, () => {
  // Codex lets `workspace-write` also write below /tmp, where the worlds are.
  let elsewhere: string;
  beforeAll(() => {
    elsewhere = mkdtempSync('/var/tmp/qantara-e2e-');
  });
  afterAll(() => rmSync(elsewhere, { recursive: true }));

  const modes = [
    { mode: 'read-only', inside: false, outside: false },
    { mode: 'workspace-write', inside: true, outside: false },
    { mode: 'danger-full-access', inside: true, outside: true },
    { mode: undefined, name: 'default', inside: true, outside: false },
  ];
  for (const { mode, name = mode, inside, outside } of modes) {
    test(`${name}: the workspace ${inside ? 'can' : 'cannot'} be written, the rest ${outside ? 'can' : 'cannot'}`, async () => {
      const world = await useWorld({ policy: mode ? { BRIDGE_SANDBOX: mode } : {} });
      const beyond = join(elsewhere, String(name));
      const cmd = `touch inside; touch ${beyond}`;
      await world.ask('claude', call('ask_codex', { task: call('exec_command', { cmd }) }));
      expect(world.models.requests.find(({ results }) => results.join().includes('Script completed'))).toBeDefined();
      expect([existsSync(join(world.workspace, 'inside')), existsSync(beyond)]).toEqual([inside, outside]);
    });
  }
});

/** The init event of the delegate's own stream. */
const initOf = (home: string, job: string): Record<string, unknown> =>
  readFileSync(join(home, '.qantara', 'jobs', job, 'out'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .find(({ subtype }) => subtype === 'init');

describe(`${proves('B-13')} BRIDGE_CLAUDE_PERMISSION`, () => {
  const modes = [
    { mode: 'acceptEdits', writes: true },
    { mode: 'default', writes: false },
    { mode: 'plan', writes: false },
    { mode: 'dontAsk', writes: false },
    { mode: undefined, reported: 'acceptEdits', writes: true },
  ];
  for (const { mode, reported = mode, writes } of modes) {
    test(`${mode ?? `unset (${reported})`}: a file ${writes ? 'can' : 'cannot'} be written`, async () => {
      const world = await useWorld({ policy: mode ? { BRIDGE_CLAUDE_PERMISSION: mode } : {} });
      const made = join(world.workspace, 'made');
      await world.ask('codex', call('ask_claude', { task: call('Write', { file_path: made, content: 'x' }) }));
      expect(initOf(world.home, 'claude-1').permissionMode).toBe(reported);
      expect(existsSync(made)).toBe(writes);
    });
  }
});

describe(`${proves('B-13')} BRIDGE_GEMINI_APPROVAL`, () => {
  const modes = [
    { mode: 'default', writes: false, shell: false },
    { mode: 'auto_edit', writes: true, shell: false },
    { mode: 'yolo', writes: true, shell: true },
    { mode: 'plan', writes: false, shell: false },
    { mode: undefined, name: 'unset (auto_edit)', writes: true, shell: false },
  ];
  for (const { mode, name = mode, writes, shell } of modes) {
    test(`${name}: a file ${writes ? 'can' : 'cannot'} be written, ${shell ? 'a' : 'no'} shell`, async () => {
      const world = await useWorld({ policy: mode ? { BRIDGE_GEMINI_APPROVAL: mode } : {} });
      const made = join(world.workspace, 'made');
      await world.ask('claude', call('ask_gemini', { task: call('write_file', { file_path: made, content: 'x' }) }));
      const [first] = world.models.requests.filter(({ provider }) => provider === 'gemini');
      expect(first?.tools.includes('run_shell_command')).toBe(shell);
      expect(existsSync(made)).toBe(writes);
    });
  }
});

describe(`${proves('B-24')} a delegation never has more power than the one that made it`, () => {
  test('claude asked from inside a read-only codex cannot write, whatever its registration says', async () => {
    const policy = { BRIDGE_SANDBOX: 'read-only', BRIDGE_CLAUDE_PERMISSION: 'acceptEdits' };
    const world = await useWorld({ policy });
    const made = join(world.workspace, 'made');
    const write = call('Write', { file_path: made, content: 'x' });
    await world.ask('claude', call('ask_codex', { task: call('ask_claude', { task: write }) }));
    expect((await world.jobs()).map(({ agent, parent }) => [agent, parent]).sort()).toEqual([
      ['claude', 'codex-1'],
      ['codex', null],
    ]);
    expect(world.models.requests.filter(({ provider }) => provider === 'anthropic').length).toBeGreaterThan(3);
    expect(existsSync(made)).toBe(false);
  });
});

describe('[ceiling] in config.toml', () => {
  test('cuts what a registration asks for', async () => {
    const world = await useWorld({ policy: { BRIDGE_SANDBOX: 'danger-full-access' } });
    writePrivate(join(world.home, '.qantara', 'config.toml'), '[ceiling]\nsandbox = "read-only"\n');
    await world.ask('claude', call('ask_codex', { task: call('exec_command', { cmd: 'touch inside' }) }));
    expect(world.models.requests.find(({ results }) => results.join().includes('Script completed'))).toBeDefined();
    expect(existsSync(join(world.workspace, 'inside'))).toBe(false);
  });
});
