import { describe, expect, it } from 'vitest';
import type { Agent, Run } from '../../shared/agents/agent.ts';
import { claude } from '../../shared/agents/claude.ts';
import { codex } from '../../shared/agents/codex.ts';
import { gemini } from '../../shared/agents/gemini.ts';
import { agents } from '../../shared/agents/index.ts';

const id = '01a20402-3b77-79b3-a7ae-2560360deec5';
const run = (agent: Agent, more: Partial<Run> = {}): Run => ({
  prompt: 'the prompt',
  cwd: '/home/user/project',
  mode: agent.settings.mode.fallback,
  ...more,
});
const line = (agent: Agent, more?: Partial<Run>): string => agent.args(run(agent, more)).join(' ');

describe('codex', () => {
  it('reads the prompt from stdin, in any folder', () => {
    expect(line(codex)).toBe('exec --json --skip-git-repo-check --sandbox=workspace-write -');
  });
  it('holds the sandbox, the model and the effort on a resumed session', () => {
    expect(line(codex, { mode: 'read-only', model: 'gpt-5', reasoning: 'high', sessionId: id })).toBe(
      `exec --json --skip-git-repo-check --sandbox=read-only --model=gpt-5 -c model_reasoning_effort="high" resume ${id} -`,
    );
  });
});

describe('claude', () => {
  const base = '--print --output-format=stream-json --verbose';
  it('prints its stream and takes the permission mode', () => {
    expect(line(claude)).toBe(`${base} --permission-mode=acceptEdits`);
    expect(line(claude, { mode: 'bypassPermissions' })).toBe(`${base} --permission-mode=bypassPermissions`);
  });
  it('calls `manual` by the name that both releases know', () => {
    expect(line(claude, { mode: 'manual' })).toBe(`${base} --permission-mode=default`);
  });
  it('keeps the classifier out of plan mode', () => {
    expect(line(claude, { mode: 'plan' })).toBe(
      `${base} --permission-mode=plan --settings={"useAutoModeDuringPlan":false}`,
    );
  });
  it('resumes with model and effort', () => {
    expect(line(claude, { model: 'opus', reasoning: 'low', sessionId: id })).toBe(
      `${base} --permission-mode=acceptEdits --model=opus --effort=low --resume=${id}`,
    );
  });
  it.each([
    ['off', '0', 'low'],
    ['think', '4000', 'medium'],
    ['think_hard', '10000', 'high'],
    ['ultrathink', '31999', 'xhigh'],
  ] as const)('thinks: %s', (thinking, tokens, effort) => {
    expect(line(claude, { thinking })).toContain(`--effort=${effort}`);
    expect(claude.environment(run(claude, { thinking }))).toEqual({
      MAX_THINKING_TOKENS: tokens,
      CLAUDE_CODE_EFFORT_LEVEL: effort,
    });
  });
  it('prefers an explicit effort to that of the thinking', () => {
    const both = { thinking: 'ultrathink', reasoning: 'low' } as const;
    expect(line(claude, both)).toContain('--effort=low');
    expect(claude.environment(run(claude, both))).toMatchObject({ CLAUDE_CODE_EFFORT_LEVEL: 'low' });
  });
  it('sets nothing unasked', () => expect(claude.environment(run(claude))).toEqual({}));
});

describe('gemini', () => {
  const base = '--output-format=stream-json --skip-trust';
  it('runs headless in any folder', () => expect(line(gemini)).toBe(`${base} --approval-mode=auto_edit`));
  it('resumes with mode and model', () => {
    expect(line(gemini, { mode: 'plan', model: 'gemini-2.5-pro', sessionId: id })).toBe(
      `${base} --approval-mode=plan --model=gemini-2.5-pro --resume=${id}`,
    );
  });
});

const hostile = [
  '--help',
  '-c',
  '-',
  '',
  ' ',
  'latest',
  '5',
  '../x',
  'a b',
  '"; x="',
  '--yolo',
  '$(id)',
  'a\nb',
  `${id}\n`,
];

describe.each(agents.map((agent) => [agent.name, agent] as const))('%s and hostile values', (_name, agent) => {
  it('never shows the prompt', () => {
    for (const mode of agent.modes) {
      const options = run(agent, { mode: mode.name, model: 'm', sessionId: id });
      expect(JSON.stringify([agent.args(options), agent.environment(options)])).not.toContain('the prompt');
    }
  });
  it('keeps a model one value of one option', () => {
    const usual = agent.args(run(agent, { model: 'usual' }));
    for (const model of hostile.filter(Boolean)) {
      const expected = usual.map((argument) => argument.replace(/^--model=usual$/, () => `--model=${model}`));
      expect(agent.args(run(agent, { model }))).toEqual(expected);
    }
  });
  it('takes only its own kind of session id', () => {
    expect(id).toMatch(agent.sessionId);
    for (const text of hostile) expect(text).not.toMatch(agent.sessionId);
  });
  it('has one argument for each mode', () => {
    const lines = agent.modes.map((mode) => line(agent, { mode: mode.name }));
    expect(new Set(lines).size).toBeGreaterThanOrEqual(agent.modes.length - 1);
  });
});

describe('a run that is held to its mode', () => {
  const held = (agent: Agent, more: Partial<Run> = {}): string => line(agent, { held: true, ...more });
  it('of codex takes no rules of the owner and no settings of the directory or what it is in', () => {
    expect(held(codex, { mode: 'read-only', cwd: '/srv/a "b"' })).toBe(
      'exec --json --skip-git-repo-check --sandbox=read-only --ignore-rules -c projects={"/"={trust_level="untrusted"},"/srv"={trust_level="untrusted"},"/srv/a \\"b\\""={trust_level="untrusted"}} -c sandbox_workspace_write.writable_roots=[] -',
    );
    expect(held(codex, { cwd: '/' })).toContain('projects={"/"={trust_level="untrusted"}}');
  });
  it.each(['plan', 'default', 'dontAsk', 'manual'])('of claude in %s has no tool that writes or runs', (mode) => {
    expect(held(claude, { mode })).toContain(
      ' --tools=Read,Grep,Glob,WebFetch,WebSearch,ToolSearch,TodoWrite --setting-sources=user',
    );
  });
  it('of claude in acceptEdits has tools that write and none that runs', () => {
    const [, tools = ''] = /--tools=(\S+)/.exec(held(claude)) ?? [];
    expect(tools.split(',')).toEqual(expect.arrayContaining(['Edit', 'Write', 'NotebookEdit']));
    expect(tools).not.toMatch(/Bash|Task|Skill|Monitor|Workflow/);
  });
  it('of gemini takes a policy file that denies what its mode is not to do', () => {
    expect(held(gemini, { wall: '/jobs/gemini-1/wall.toml' })).toContain(' --admin-policy=/jobs/gemini-1/wall.toml');
    const wall = (mode: string) => gemini.wall?.(run(gemini, { mode, held: true })) ?? '';
    for (const mode of ['plan', 'default', 'auto_edit']) expect(wall(mode)).toContain('"run_shell_command"');
    expect(wall('plan')).toContain('"write_file"');
    expect(wall('auto_edit')).not.toContain('"write_file"');
    const folders = gemini.environment(run(gemini, { wall: '/jobs/gemini-1/wall.toml' }));
    expect(folders).toEqual({ GEMINI_CLI_TRUSTED_FOLDERS_PATH: '/jobs/gemini-1/wall.toml.none' });
    expect(gemini.environment(run(gemini))).toEqual({});
  });
});
