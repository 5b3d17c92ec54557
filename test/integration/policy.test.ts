import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Policy } from '../../shared/policy.ts';
import { answerOf, host, jobIn, type Machine, machine, type ToolAnswer } from '../helpers/bridge.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(() => {
  person = machine();
});
afterAll(() => person.close());

/** The policy that a job kept. */
function policyOf(answer: ToolAnswer): Policy {
  const db = new Database(person.paths.database, { readonly: true });
  try {
    const row = db.prepare('select policy from jobs where id = ?').get(jobIn(answer)) as { policy: string };
    return JSON.parse(row.policy) as Policy;
  } finally {
    db.close();
  }
}

const registration = 'the environment of the host’s registration';

test(`${proves('N-03')} hosts with different registrations on one daemon each get their own policy`, async () => {
  const careful = await host(person, { environment: { BRIDGE_SANDBOX: 'read-only', BRIDGE_MAX_DEPTH: '1' } });
  const bold = await host(person, { name: 'gemini', environment: { BRIDGE_SANDBOX: 'danger-full-access' } });
  const both = () =>
    Promise.all([careful, bold].map((own) => own.call('ask_codex', { task: '[[sleep 300]] [[args]]' })));
  for (const [one, other] of [await both(), await both()]) {
    expect(one?.text).toContain('--sandbox=read-only');
    expect(other?.text).toContain('--sandbox=danger-full-access');
    expect(policyOf(one as ToolAnswer)).toMatchObject({
      maxDepth: 1,
      origins: { sandbox: registration, max_depth: registration, timeout_ms: 'default' },
    });
    expect(policyOf(other as ToolAnswer)).toMatchObject({
      maxDepth: 3,
      origins: { sandbox: registration, max_depth: 'default' },
    });
  }
  for (const own of [careful, bold]) await own.close();
});

describe(`${proves('N-05')} inherit_sandbox`, () => {
  const managed = (...entries: object[]) => ({
    type: 'managed',
    file_system: {
      type: 'restricted',
      entries: [{ path: { type: 'special', value: { kind: 'root' } }, access: 'read' }, ...entries],
    },
    network: 'restricted',
  });
  const write = (path: string) => ({ path: { type: 'path', path }, access: 'write' });

  async function askFrom(inherit: string, permissionProfile: unknown, cwd?: string): Promise<ToolAnswer> {
    const environment = { BRIDGE_CLAUDE_PERMISSION: 'bypassPermissions', BRIDGE_INHERIT_SANDBOX: inherit };
    const own = await host(person, { name: 'codex', environment });
    const sandboxCwd = `file://${person.project()}`;
    const result = await own.client.callTool({
      name: 'ask_claude',
      arguments: { task: '[[args]]', cwd },
      _meta: { 'codex/sandbox-state-meta': { permissionProfile, sandboxCwd } },
    });
    await own.close();
    return answerOf(result);
  }

  test('holds a delegation to the sandbox that Codex tells, and the result says so', async () => {
    const reading = await askFrom('1', managed());
    expect(reading.text).toMatch(/--permission-mode=plan/);
    expect(reading.text).toMatch(/· plan \(rule\), held by the caller’s sandbox$/);
    expect(reading.meta['qantara/job']).toMatchObject({
      mode: 'plan',
      access: 'read',
      holds: 'rule',
      heldBy: 'the caller’s sandbox',
    });
    const shown = await person.qantara('jobs', 'show', jobIn(reading));
    expect(shown.stdout).toMatch(/^mode +plan \(rule\), held by the caller’s sandbox$/m);
    expect(shown.stdout).toMatch(/claude_permission = "plan" \(the caller’s sandbox\)$/m);
    expect(policyOf(reading).origins.claude_permission).toBe('the caller’s sandbox');
    expect((await askFrom('1', managed(write('/somewhere')))).text).toMatch(/--permission-mode=acceptEdits/);
    expect((await askFrom('1', managed(write('/somewhere')), person.project('other'))).text).toMatch(
      /--permission-mode=plan/,
    );
    expect((await askFrom('1', 'something new')).text).toMatch(/--permission-mode=plan/);
  });

  test('leaves what has no sandbox as it is registered, and everything where it is off', async () => {
    const free = await askFrom('1', { type: 'disabled' });
    expect(free.text).toMatch(/--permission-mode=bypassPermissions/);
    expect(free.text).not.toContain('held by');
    expect((await askFrom('0', managed())).text).toMatch(/--permission-mode=bypassPermissions/);
  });
});
