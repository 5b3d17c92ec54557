import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { machine, settle } from '../helpers/setup-machine.ts';
import { put } from '../helpers/setup-place.ts';
import { proves } from '../promises.ts';

const three = ['claude', 'codex', 'gemini'];

describe('qantara setup', () => {
  test(`shows every change as a diff and writes nothing with --dry-run ${proves('P-33', 'S-11')}`, () => {
    const { home, qantara, files } = machine(three);
    settle(home);
    const before = files();
    const { status, stdout, stderr } = qantara('setup', '--dry-run');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    for (const words of [
      `--- ${home}/.claude.json`,
      `+++ ${home}/.claude/settings.json`,
      `+      "command": "`,
      'qantara-shim.js',
      '+default_tools_approval_mode = "approve"',
      '+mcp_optional_startup_grace_ms = 5000',
      'Claude Code  1.2.3',
      'Nothing was written (--dry-run).',
    ]) {
      expect(stdout).toContain(words);
    }
    // Secrets of other servers in the lines around a change are not shown.
    expect(stdout).toContain('"API_KEY": "(not shown)"');
    expect(stdout).not.toContain('hidden');
    // Not even the CLIs that were asked for their version have left anything.
    expect(files()).toEqual(before);
  });

  test(`asks first, takes no for an answer, and writes after a yes ${proves('P-33')}`, async () => {
    const { home, onTerminal, files } = machine(three);
    settle(home);
    const before = files();
    const no = await onTerminal('n\n', 'setup');
    expect(no.output).toContain('+++');
    expect(no.output).toContain('Nothing was changed.');
    expect(no.code).toBe(1);
    expect(files()).toEqual(before);
    const yes = await onTerminal('y\n', 'setup');
    expect(yes.output.replaceAll('\r', '')).toContain(
      `wrote ${home}/.claude.json (as it was before the first setup: ${home}/.claude.json.qantara.bak)`,
    );
    expect(yes.output).toContain('Restart Claude Code, Codex, Gemini CLI');
    expect(yes.output).toContain(`claude -p 'Call ask_codex`);
    expect(yes.code).toBe(0);
  });

  test(`refuses to write without a terminal and without --yes ${proves('P-33')}`, () => {
    const { home, qantara, files } = machine(three);
    settle(home);
    const before = files();
    for (const flags of [[], ['--json'], ['--undo', '--json']]) {
      if (flags.includes('--undo')) expect(qantara('setup', '--yes').status).toBe(0);
      const { status, stderr } = qantara('setup', ...flags);
      expect(stderr).toContain('--yes');
      expect(status).toBe(2);
      if (!flags.includes('--undo')) expect(files()).toEqual(before);
    }
  });

  test(`writes once, then finds nothing to do, and undo gives everything back ${proves('S-01', 'S-02', 'P-21')}`, () => {
    const { home, qantara, files } = machine(three);
    settle(home);
    const before = files();
    expect(qantara('setup', '--yes').status).toBe(0);
    const after = files();
    expect(after['.codex/config.toml']).toContain('file 640');
    const again = qantara('setup');
    expect(again.stdout).toContain('Nothing to change: Claude Code, Codex, Gemini CLI are set up.');
    expect(again.status).toBe(0);
    expect(files()).toEqual(after);
    const undo = qantara('setup', '--undo', '--yes');
    expect(undo.status).toBe(0);
    expect(files()).toEqual(before);
    expect(qantara('setup', '--undo').stdout).toContain('There is nothing to take out.');
  });

  test(`leaves a host with a broken file alone, sets up the others and says so with its exit code ${proves('S-05')}`, () => {
    const { home, qantara, files } = machine(three);
    settle(home);
    put(join(home, '.codex', 'config.toml'), 'model = \n');
    const { status, stdout } = qantara('setup', '--yes');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /Codex: skipped\. .*config\.toml is left as it is: it does not parse \(line 1: .*Correct it, then run setup again\./,
    );
    expect(files()['.codex/config.toml']).toBe('file 600 model = \n');
    expect(files()['.claude.json']).toContain('qantara-shim.js');
    expect(files()['.gemini/settings.json']).toContain('qantara-shim.js');
  });

  test(`offers the installed agents, never the host’s own unless asked ${proves('S-10')}`, () => {
    const { home, qantara } = machine(['claude', 'codex']);
    settle(home);
    const exposed = () =>
      JSON.parse(readFileSync(join(home, '.claude.json'), 'utf8')).mcpServers.qantara.env.BRIDGE_EXPOSE;
    qantara('setup', '--yes');
    expect(exposed()).toBe('codex');
    qantara('setup', '--yes', '--host', 'claude', '--expose', 'claude,gemini');
    expect(exposed()).toBe('claude,gemini');
    expect(readFileSync(join(home, '.codex', 'config.toml'), 'utf8')).toContain('BRIDGE_EXPOSE = "claude"');
    qantara('setup', '--yes');
    expect(exposed()).toBe('claude,gemini');
  });

  test('--host narrows it and names what is not found; --no-approve leaves approval to the host', () => {
    const { home, qantara, files } = machine(['claude']);
    const { status, stdout } = qantara('setup', '--yes', '--no-approve', '--host', 'claude', '--host', 'cursor');
    expect(status).toBe(0);
    expect(stdout).toContain('Cursor was not found here');
    expect(Object.keys(files())).toEqual(['.claude.json', '.cursor/mcp.json']);
    expect(readFileSync(join(home, '.cursor', 'mcp.json'), 'utf8')).toContain('"BRIDGE_HOST_TIMEOUT_MS": "60000"');
    const unknown = qantara('setup', '--host', 'emacs');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('there is no host "emacs"; there are claude, codex,');
    expect(qantara('setup', '--expose', 'claude,hal').status).toBe(2);
  });

  test('says how to go on where no host is installed', () => {
    const { qantara } = machine([]);
    const { status, stdout } = qantara('setup', '--yes');
    expect(stdout).toContain('npm install --global @anthropic-ai/claude-code');
    expect(status).toBe(1);
  });

  test('--json tells scripts what was found, done and left', () => {
    const { home, qantara } = machine(three);
    settle(home);
    chmodSync(join(home, '.gemini', 'settings.json'), 0o444);
    const planned = JSON.parse(qantara('setup', '--dry-run', '--json').stdout);
    expect(planned.hosts.map(({ name, outcome }: { name: string; outcome: string }) => [name, outcome])).toEqual([
      ['claude', 'would change'],
      ['codex', 'would change'],
      ['gemini', 'skipped'],
    ]);
    const done = qantara('setup', '--yes', '--json');
    expect(done.status).toBe(1);
    const { found, hosts } = JSON.parse(done.stdout);
    expect(found[0]).toMatchObject({
      name: 'claude',
      version: '1.2.3',
      login: 'none found',
      binary: join(home, 'bin', 'claude'),
    });
    expect(hosts[0]).toMatchObject({ name: 'claude', outcome: 'changed', expose: ['codex', 'gemini'], approve: true });
    expect(hosts[0].files[0]).toMatchObject({
      path: join(home, '.claude.json'),
      backup: join(home, '.claude.json.qantara.bak'),
    });
    expect(hosts[0].files[0].diff).toContain('+++ ');
    expect(hosts[2].reason).toContain('may not be written to');
  });

  test('a settings file on one line does not fill the screen', () => {
    const { home, qantara } = machine(['claude']);
    put(join(home, '.claude.json'), JSON.stringify({ projects: { x: 'y'.repeat(50_000) } }));
    const { stdout, status } = qantara('setup', '--dry-run');
    expect(status).toBe(0);
    expect(stdout.length).toBeLessThan(10_000);
    expect(stdout).toContain('"qantara":{"type":"stdio"');
    expect(stdout).toContain(' characters]');
  });
});
