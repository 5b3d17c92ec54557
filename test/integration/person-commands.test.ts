import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AgentRow } from '../../shim/commands/agents.ts';
import { host, type Machine, machine } from '../helpers/bridge.ts';
import { jsonShapes } from '../helpers/json-shapes.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(async () => {
  person = machine({ without: ['gemini'] });
  const own = await host(person, { cwd: person.project('one'), name: 'codex' });
  await own.call('ask_claude', { task: '[[say hello]]' });
  await own.call('ask_claude', { task: '[[fail on purpose]]' });
  await own.call('ask_codex', { task: '[[say hello]]', cwd: person.project('two') });
  await own.close();
});
afterAll(() => person.close());

const json = async <T>(...args: string[]): Promise<T> =>
  JSON.parse((await person.qantara(...args, '--json')).stdout) as T;

test('stats counts jobs, outcomes, tokens and cost by agent, host, project and day', async () => {
  const stats = jsonShapes.stats.parse(await json('stats'));
  expect(stats.total).toMatchObject({ key: 'total', jobs: 3, succeeded: 2, failed: 1, unfinished: 0, costUnknown: 1 });
  expect(stats.rows.map(({ key, jobs }) => [key, jobs])).toEqual([
    ['claude', 2],
    ['codex', 1],
  ]);
  const tokens = stats.rows.reduce((sum, row) => sum + row.inputTokens, 0);
  expect(tokens).toBeGreaterThan(0);
  expect(stats.total.inputTokens).toBe(tokens);
  expect(stats.total.costUsd).toBeCloseTo(stats.rows[0]?.costUsd ?? 0);
  const keys = async (...args: string[]) =>
    jsonShapes.stats.parse(await json('stats', ...args)).rows.map(({ key }) => key);
  expect(await keys('--by', 'host')).toEqual(['codex']);
  expect(await keys('--by', 'project')).toEqual([person.project('one'), person.project('two')]);
  const day = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  expect(await keys('--by', 'day')).toContain(`${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`);
  expect(await keys('--since', '2099-01-01')).toEqual([]);
  expect(await keys('--since', '1h', '--limit', '1')).toEqual(['claude']);
});

test('stats in words: an unknown cost is not shown as none', async () => {
  const { stdout } = await person.qantara('stats');
  const [head, claude, codex, total] = stdout.split('\n');
  expect(head).toMatch(/^AGENT +JOBS +DONE +TIME +TOKENS IN +OUT +COST$/);
  expect(claude).toMatch(/^claude +2 +50% .* \$0\.\d\d$/);
  expect(codex).toMatch(/^codex +1 +100% .* -$/);
  expect(total).toMatch(/^total +3 +66% .* ≥\$0\.\d\d$/);
  expect((await person.qantara('stats', '--since', '2099-01-01')).stdout).toBe('There are no such jobs.\n');
  const { code, stderr } = await person.qantara('stats', '--since', 'soon');
  expect([code, stderr]).toEqual([2, expect.stringContaining('a duration ago such as 90s, 2h or 7d')]);
});

test('agents tells who is installed, what holds them, and who may ask them', async () => {
  const before = jsonShapes.agents.parse(await json<AgentRow[]>('agents'));
  expect(before.map(({ name, binary }) => [name, binary !== null])).toEqual([
    ['claude', true],
    ['codex', true],
    ['gemini', false],
  ]);
  expect(before.flatMap(({ offeredTo }) => offeredTo)).toEqual([]);
  expect((await person.qantara('setup', '--yes', '--host', 'claude', '--expose', 'codex')).code).toBe(0);
  const [claude, codex] = jsonShapes.agents.parse(await json<AgentRow[]>('agents'));
  expect(claude?.offeredTo).toEqual([]);
  const mode = { name: 'workspace-write', access: 'edit', holds: 'sandbox' };
  expect(codex).toMatchObject({
    mode,
    offeredTo: [{ host: 'claude', ...mode }],
    resume: ['codex', 'resume', 'SESSION'],
  });
  const { stdout } = await person.qantara('agents');
  expect(stdout).toMatch(/^AGENT +VERSION +LOGIN +OFFERED TO +RUNS IN +HELD BY\n/);
  expect(stdout).toMatch(/\ncodex +0\.0\.0 +none found +claude +workspace-write \(edit\) +the system's sandbox\n/);
  expect(stdout).toContain('Gemini CLI is not installed: npm install --global @google/gemini-cli\n');
});

test(`${proves('T-02')} what --json prints has its documented shape`, async () => {
  const [session] = jsonShapes['sessions ls'].parse(await json('sessions', 'ls'));
  jsonShapes['sessions show'].parse(await json('sessions', 'show', session?.id ?? ''));
  jsonShapes['sessions resume'].parse(await json('sessions', 'resume', session?.id ?? ''));
  jsonShapes['jobs ls'].parse(await json('jobs', 'ls'));
  jsonShapes['daemon status'].parse(await json('daemon', 'status'));
  jsonShapes.config.parse(await json('config'));
  jsonShapes.config.parse(await json('config', '--check'));
  jsonShapes.setup.parse(await json('setup', '--dry-run'));
  jsonShapes.doctor.parse(await json('doctor'));
  expect(jsonShapes.ask.parse(await json('ask', 'codex', '[[say hi]]'))).toMatchObject({ answer: 'hi' });
  jsonShapes.ask.parse(await json('ask', 'codex', '[[say hi]]', '--background'));
  expect(jsonShapes['jobs wait'].parse(await json('jobs', 'wait', '5'))).toMatchObject([{ state: 'succeeded' }]);
  jsonShapes['jobs show'].parse(await json('jobs', 'show', 'codex-5'));
  const { stdout } = await person.qantara('jobs', 'logs', 'codex-5', '--json');
  const lines = stdout.trim().split('\n');
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) jsonShapes['jobs logs'].parse(JSON.parse(line));
  jsonShapes['jobs prune'].parse(await json('jobs', 'prune', '--dry-run'));
});
