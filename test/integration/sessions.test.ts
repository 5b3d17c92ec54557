import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(() => {
  person = machine();
});
afterAll(() => person.close());

const sessionIn = (text: string): string | undefined => /session (\S+)/.exec(text)?.[1];

/** Runs `use` with a host that lives only as long: one headless run. */
async function oneRun<T>(options: Parameters<typeof host>[1], use: (own: Host) => Promise<T>): Promise<T> {
  const own = await host(person, options);
  return await use(own).finally(own.close);
}

test(`${proves('B-15', 'B-16')} continue_session goes on across runs of the host and a restart of the daemon`, async () => {
  const cwd = person.project('kept');
  const first = await oneRun({ cwd, name: 'codex' }, (own) => own.call('ask_claude', { task: '[[say one]]' }));
  const session = sessionIn(first.text);
  expect(session).toMatch(/^[0-9a-f-]{36}$/);
  const again = { task: '[[args]]', continue_session: true };
  const second = await oneRun({ cwd, name: 'codex' }, (own) => own.call('ask_claude', again));
  expect(second.text).toContain(`"--resume`);
  expect(sessionIn(second.text)).toBe(session);
  await person.qantara('daemon', 'restart');
  const third = await oneRun({ cwd, name: 'codex' }, (own) => own.call('ask_claude', again));
  expect(sessionIn(third.text)).toBe(session);
});

test(`${proves('B-15')} it never picks another project’s, another host’s or another open session’s conversation`, async () => {
  const cwd = person.project('mine');
  const again = { task: '[[say x]]', continue_session: true };
  const open = await host(person, { cwd, name: 'codex' });
  await open.call('ask_claude', { task: '[[say one]]' });
  for (const options of [
    { cwd: person.project('other'), name: 'codex' },
    { cwd, name: 'gemini' },
    { cwd, name: 'codex' },
  ]) {
    const answer = await oneRun(options, (own) => own.call('ask_claude', again));
    expect(answer.isError).toBe(true);
    expect(answer.text).toMatch(
      /^There is no earlier Claude Code session of this caller in .* to continue\. Ask without/,
    );
  }
  await open.close();
  // Its owner has ended now, so the next run of that host in that project goes on with it.
  expect((await oneRun({ cwd, name: 'codex' }, (own) => own.call('ask_claude', again))).isError).toBe(false);
});

test(`${proves('B-15')} a host that names its conversation gets its own session, also after a restart of it`, async () => {
  const cwd = person.project('named');
  const run = (id: string, given: Record<string, unknown>) =>
    oneRun({ cwd, name: 'claude', environment: { CLAUDE_CODE_SESSION_ID: id } }, (own) => own.call('ask_codex', given));
  const a = sessionIn((await run('conversation-a', { task: '[[say a]]' })).text);
  const b = sessionIn((await run('conversation-b', { task: '[[say b]]' })).text);
  expect(a).not.toBe(b);
  const again = { task: '[[say more]]', continue_session: true };
  expect(sessionIn((await run('conversation-a', again)).text)).toBe(a);
  expect(sessionIn((await run('conversation-b', again)).text)).toBe(b);
});

test(`${proves('B-15')} who resumes a session by its id does not take it from its owner`, async () => {
  const cwd = person.project('owned');
  const mine = sessionIn((await oneRun({ cwd }, (own) => own.call('ask_codex', { task: '[[say 1]]' }))).text);
  const visitor = { cwd: person.project('visiting'), name: 'gemini' };
  await oneRun(visitor, (own) => own.call('ask_codex', { task: '[[say 2]]', session_id: mine }));
  const again = { task: '[[say 3]]', continue_session: true };
  expect(sessionIn((await oneRun({ cwd }, (own) => own.call('ask_codex', again))).text)).toBe(mine);
  expect(sessionIn((await oneRun(visitor, (own) => own.call('ask_codex', again))).text)).toBe(mine);
});

test(`${proves('B-16')} a session whose directory is gone is refused with what to do`, async () => {
  const cwd = person.project('to-be-deleted');
  await oneRun({ cwd: person.project('stays') }, async (own) => {
    const session = sessionIn((await own.call('ask_codex', { task: '[[say 1]]', cwd })).text);
    rmSync(cwd, { recursive: true });
    const answer = await own.call('ask_codex', { task: '[[say 2]]', session_id: session });
    expect(answer.text).toMatch(/does not exist any more\. Start anew without session_id/);
  });
});

test(`${proves('B-16')} session_id resumes exactly, in the session’s own directory, and refuses another one`, async () => {
  const home = person.project('session-home');
  const elsewhere = person.project('session-elsewhere');
  const session = await oneRun({ cwd: home }, async (own) => {
    const first = sessionIn((await own.call('ask_codex', { task: '[[say 1]]' })).text);
    await own.call('ask_codex', { task: '[[say 2]]' });
    return first;
  });
  await oneRun({ cwd: elsewhere, name: 'gemini' }, async (own) => {
    const there = await own.call('ask_codex', { task: '[[cwd]]', session_id: session });
    expect(there.text).toMatch(new RegExp(`^${home}\n`));
    expect(sessionIn(there.text)).toBe(session);
    const refused = await own.call('ask_codex', { task: '[[cwd]]', session_id: session, cwd: elsewhere });
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain(`belongs to ${home}, not to ${elsewhere}`);
  });
});

test(`${proves('B-17')} two asks on one session run one after the other`, async () => {
  await oneRun({ cwd: person.project('serial') }, async (own) => {
    const session = sessionIn((await own.call('ask_codex', { task: '[[say 1]]' })).text);
    const given = { task: '[[sleep 400]] [[say x]]', session_id: session, background: true };
    const one = jobIn(await own.call('ask_codex', given));
    const two = jobIn(await own.call('ask_codex', given));
    expect((await own.call('check_job', { job_id: two })).text).toContain('queued, 0 ahead of it');
    const rows = await until(async () => {
      const found = (await person.jobs()).filter((job) => [one, two].includes(job.id));
      return found.every((job) => job.state === 'succeeded') && found;
    });
    const [second, first] = rows;
    expect(second?.startedAt).toBeGreaterThanOrEqual(first?.endedAt ?? Number.POSITIVE_INFINITY);
  });
});

test(`${proves('B-18', 'B-07')} a background job of one run is announced to and collected by the next`, async () => {
  const cwd = person.project('collected');
  const id = await oneRun({ cwd }, async (own) =>
    jobIn(await own.call('ask_gemini', { task: '[[sleep 200]] [[say collected]]', background: true })),
  );
  await until(async () => (await person.jobs()).find((job) => job.id === id)?.state === 'succeeded');
  await oneRun({ cwd }, async (own) => {
    expect((await own.call('check_job')).text).toMatch(new RegExp(`${id} · succeeded, unread`));
    expect((await own.call('check_job')).text).toContain(`notice: background job "${id}"`);
    expect((await own.call('wait_job', { job_id: id })).text).toMatch(/^collected\n/);
    expect((await own.call('check_job')).text).not.toContain('notice');
  });
});

test(`${proves('B-19')} a directory that is missing or no directory is refused by name`, async () => {
  await oneRun({}, async (own) => {
    const gone = join(person.home, 'gone');
    const missing = await own.call('ask_codex', { task: 'x', cwd: gone });
    expect(missing.text).toContain(`the directory "${gone}" does not exist`);
    mkdirSync(gone);
    const session = sessionIn((await own.call('ask_codex', { task: '[[say 1]]', cwd: gone })).text);
    expect(session).toBeTruthy();
  });
});
