import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderOf, readPid } from '../../daemon/runner/folder.ts';
import { processes } from '../../daemon/runner/process.ts';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(() => {
  person = machine();
});
afterAll(() => person.close());

test.each(['ask', 'ask-stripped', 'ask-orphaned', 'ask-marked codex-1.0000000000000000'])(
  `${proves('B-02', 'N-04')} a delegation knows its parent and depth (%s)`,
  async (verb) => {
    const own = await host(person);
    const answer = await own.call('ask_codex', { task: `[[${verb} gemini {{say inner}}]]` });
    expect(answer.text).toMatch(/^inner\n.*job gemini-\d+ .*job codex-\d+ /s);
    const [inner, outer] = await person.jobs();
    expect(inner?.parent).toBe(outer?.id);
    await own.close();
  },
);

test.each(['ask', 'ask-stripped'])(
  `${proves('B-02')} it stops at BRIDGE_MAX_DEPTH with a clear refusal (%s)`,
  async (verb) => {
    const own = await host(person, { environment: { BRIDGE_MAX_DEPTH: '1' } });
    const before = person.runs().length;
    // The inner host has no BRIDGE_MAX_DEPTH of its own, which would allow 3: the outer limit holds all the same.
    const answer = await own.call('ask_codex', { task: `[[${verb} claude {{say never}}]]` });
    expect(answer.text).toMatch(
      /^Refused: this delegation is already 1 deep and BRIDGE_MAX_DEPTH is 1\. Do the task yourself/,
    );
    expect(person.runs().length - before).toBe(1);
    await own.close();
  },
);

test(`${proves('B-24')} inside a read-only job everything is read-only, whatever the registration says`, async () => {
  const own = await host(person, { environment: { BRIDGE_SANDBOX: 'read-only' } });
  const claude = await own.call('ask_codex', { task: '[[ask claude {{args}}]]' });
  expect(claude.text).toMatch(/--permission-mode[=",]+plan/);
  expect(claude.text).toMatch(/· plan \(rule\), held by job codex-\d+$/m);
  const gemini = await own.call('ask_codex', { task: '[[ask-stripped gemini {{args}}]]' });
  expect(gemini.text).toMatch(/--approval-mode[=",]+plan/);
  await own.close();
});

test(`${proves('N-06')} the environment that a caller hands on reaches a delegate only where nothing holds it`, async () => {
  const task = '[[ask-env FROM_INSIDE=yes gemini {{env FROM_INSIDE}}]]';
  const path = '[[ask-env PATH=/nowhere gemini {{env PATH}}]]';
  const own = await host(person, { environment: { FROM_OUTSIDE: 'yes' } });
  expect((await own.call('ask_codex', { task })).text).toMatch(/^FROM_INSIDE=\(unset\)/);
  expect((await own.call('ask_codex', { task: path })).text).not.toContain('/nowhere');
  const outside = '[[ask-stripped gemini {{env FROM_OUTSIDE}}]]';
  expect((await own.call('ask_codex', { task: outside })).text).toMatch(/^FROM_OUTSIDE=yes/);
  await own.close();
  const free = await host(person, { environment: { BRIDGE_SANDBOX: 'danger-full-access' } });
  expect((await free.call('ask_codex', { task })).text).toMatch(/^FROM_INSIDE=yes/);
  await free.close();
});

test(`${proves('N-06')} a delegate that is held to less is told which instructions it has to read itself`, async () => {
  const own = await host(person, { environment: { BRIDGE_SANDBOX: 'read-only' } });
  const told = (await own.call('ask_codex', { task: '[[ask claude {{prompt}}]]' })).text;
  expect(told).toContain('The project’s CLAUDE.md was not loaded; where there is one, read it first.');
  expect((await own.call('ask_claude', { task: '[[prompt]]' })).text).not.toContain('CLAUDE.md');
  await own.close();
});

test(`${proves('B-24')} inside a job that may edit, nothing may do more`, async () => {
  const own = await host(person, { environment: { BRIDGE_GEMINI_APPROVAL: 'auto_edit' } });
  const inner = await own.call('ask_gemini', { task: '[[ask codex {{args}}]]' });
  expect(inner.text).toContain('workspace-write');
  await own.close();
});

test(`${proves('B-24')} inside a job that may edit its directory, other directories are read-only`, async () => {
  const own = await host(person, { cwd: person.project('inside') });
  const other = person.project('outside');
  const outside = await own.call('ask_codex', { task: `[[ask-in ${other} claude {{args}}]]` });
  expect(outside.text).toMatch(/--permission-mode[=",]+plan/);
  const inside = await own.call('ask_codex', { task: '[[ask claude {{args}}]]' });
  expect(inside.text).toMatch(/--permission-mode[=",]+acceptEdits/);
  await own.close();
});

test(`${proves('B-24')} a delegate neither sees nor stops jobs that are not of its delegation`, async () => {
  const own = await host(person);
  const id = jobIn(await own.call('ask_gemini', { task: '[[sleep 60000]]', background: true }));
  const answer = await own.call('ask_codex', { task: `[[cancel ${id}]]` });
  expect(answer.text).toMatch(new RegExp(`^The job "${id}" is not of this delegation\\.`));
  expect((await own.call('cancel_job', { job_id: id })).text).toMatch(/was cancelled/);
  await own.close();
});

test(`${proves('B-12')} cancelling a job cancels what it delegated`, async () => {
  const own = await host(person);
  const abort = new AbortController();
  const call = own.call('ask_codex', { task: '[[ask gemini {{sleep 60000}}]]' }, { signal: abort.signal });
  const both = async (state: string) => (await person.jobs()).slice(0, 2).every((job) => job.state === state);
  await expect.poll(() => both('running'), { timeout: 10_000 }).toBe(true);
  abort.abort('enough');
  await expect(call).rejects.toThrow();
  await expect.poll(() => both('cancelled'), { timeout: 10_000 }).toBe(true);
  await own.close();
});

/** The marker that the agent of a running job carries. */
async function markerOf(job: string): Promise<string> {
  const folder = folderOf(person.paths.jobs, job);
  const read = () => {
    try {
      const supervisor = readPid(folder);
      const agent = processes().find((row) => row.parent === supervisor);
      return /QANTARA_JOB=([^\0]+)/.exec(readFileSync(`/proc/${agent?.pid}/environ`, 'latin1'))?.[1] ?? '';
    } catch {
      return ''; // it has not started yet
    }
  };
  const shape = /^[a-z]+-\d+\.[0-9a-f]{16}$/;
  return await until(() => (shape.test(read()) ? read() : undefined), { timeoutMs: 10_000, what: `${job} runs` });
}

describe(`${proves('N-04')} a marker`, () => {
  const plan = /--permission-mode[=",]+plan/;
  const edits = /--permission-mode[=",]+acceptEdits/;
  let outer: Host;
  let job: string;
  let marker: string;
  beforeAll(async () => {
    outer = await host(person, { environment: { BRIDGE_SANDBOX: 'read-only' } });
    job = jobIn(await outer.call('ask_codex', { task: '[[sleep 100000]]', background: true }));
    marker = await markerOf(job);
  });
  afterAll(() => outer.close());

  const askWith = async (value: string) => {
    const own = await host(person, { environment: { QANTARA_JOB: value } });
    const answer = await own.call('ask_claude', { task: '[[args]]' });
    await own.close();
    return answer.text;
  };

  test('with the nonce of a running job makes the caller a part of it', async () => {
    expect(await askWith(marker)).toMatch(plan);
    const [latest] = await person.jobs();
    expect(latest?.parent).toBe(job);
  });

  test.each(['', '.', 'codex-1', 'no-such-job.0000000000000000', 'wrong nonce', 'without nonce', 'of another daemon'])(
    'that no job was given says nothing: %s',
    async (kind) => {
      const other = `${job}.${'0'.repeat(16)}`;
      const values: Record<string, string> = {
        'wrong nonce': other,
        'without nonce': job,
        'of another daemon': `${marker}f`,
      };
      expect(await askWith(values[kind] ?? kind)).toMatch(edits);
      const [latest] = await person.jobs();
      expect(latest?.parent).toBeNull();
    },
  );

  test('of another job does not move a caller out of the job that it descends from', async () => {
    const own = await host(person);
    const wide = jobIn(await own.call('ask_gemini', { task: '[[sleep 100000]]', background: true }));
    const inner = `[[ask-marked ${await markerOf(wide)} claude {{args}}]]`;
    const answer = await outer.call('ask_codex', { task: inner });
    expect(answer.text).toMatch(plan);
    await own.call('cancel_job', { job_id: wide });
    await own.close();
  });

  test('of a job that has ended is refused for asks, in words', async () => {
    await outer.call('cancel_job', { job_id: job });
    expect(await askWith(marker)).toBe(
      `Refused: this process belongs to the job ${job}, which has ended. Nothing more can be delegated from it. A host that is to outlive a job is started without QANTARA_JOB in its environment.`,
    );
  });
});
