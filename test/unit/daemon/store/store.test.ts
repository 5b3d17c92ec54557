import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Job } from '../../../../daemon/store/jobs.ts';
import { migrations } from '../../../../daemon/store/migrations.ts';
import { createStore, type Store } from '../../../../daemon/store/store.ts';
import type { AgentEvent } from '../../../../shared/events.ts';
import { newJob } from '../../../helpers/new-job.ts';
import { proves } from '../../../promises.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qn-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, 'qantara.db');
const ending = { exitCode: 0, errorCode: null, errorMessage: null, endedAt: 2, diskBytes: 0 };

test('opening twice changes nothing, and rows survive it', () => {
  const first = createStore(path());
  expect(first.jobs.insert(newJob()).id).toBe('codex-1');
  first.close();
  const second = createStore(path());
  expect(second.jobs.get('codex-1')?.state).toBe('queued');
  second.close();
});

test('a newer schema is refused, and so is a file that is no database', () => {
  const db = new Database(path());
  db.pragma(`user_version = ${migrations.length + 1}`);
  db.close();
  expect(() => createStore(path())).toThrow(/was written by a newer release \(schema \d+, this one knows \d+\)/);
  writeFileSync(path(), 'this is no database, and long enough to be looked at'.repeat(50));
  expect(() => createStore(path())).toThrow(
    /The job store .*qantara\.db failed: it is damaged\. Run `qantara daemon restart`/,
  );
});

test('ids are never reused, also after a rollback or a deletion', () => {
  const store = createStore(path());
  expect(store.jobs.insert(newJob()).id).toBe('codex-1');
  expect(store.jobs.insert(newJob({ agent: 'claude' })).id).toBe('claude-2');
  expect(store.jobs.insert(newJob()).id).toBe('codex-3');
  store.close();
});

test('the same call makes one job', () => {
  const store = createStore(path());
  store.jobs.insert(newJob({ callKey: 'shim:1' }));
  expect(() => store.jobs.insert(newJob({ callKey: 'shim:1' }))).toThrow(/UNIQUE/);
  expect(store.jobs.byCall('shim:1')?.id).toBe('codex-1');
  store.close();
});

test('a step that the state machine does not know is refused', () => {
  const store = createStore(path());
  const { id } = store.jobs.insert(newJob());
  const identity = { pid: 1, startTime: '1', bootId: 'b' };
  expect(() => store.jobs.running(id, identity, 1, 1)).toThrow(/cannot become running/);
  store.jobs.starting(id, 1);
  store.jobs.running(id, identity, 1, 1);
  expect(store.jobs.end(id, { state: 'succeeded', ...ending })).toBe(true);
  expect(store.jobs.end(id, { state: 'failed', ...ending })).toBe(false);
  expect(store.jobs.get(id)?.state).toBe('succeeded');
  expect(() => store.jobs.starting(id, 1)).toThrow(/cannot become starting/);
  store.close();
});

/** Starts what may start, in order, until nothing may. */
function startAll(store: Store, agents: string[] = []): string[] {
  const full = { agents, hosts: [], trees: [] };
  const started: string[] = [];
  for (let [job] = store.jobs.candidates(full); job; [job] = store.jobs.candidates(full)) {
    store.jobs.starting(job.id, 1);
    started.push(job.id);
  }
  return started;
}

test(`${proves('B-17')} of the jobs on one session only the oldest may start`, () => {
  const store = createStore(path());
  store.jobs.insert(newJob({ sessionId: 'a' }));
  store.jobs.insert(newJob({ sessionId: 'a' }));
  store.jobs.insert(newJob({ sessionId: 'b' }));
  store.jobs.insert(newJob({ sessionId: 'a', agent: 'claude' }));
  store.jobs.insert(newJob());
  store.jobs.insert(newJob());
  expect(startAll(store)).toEqual(['codex-1', 'codex-3', 'claude-4', 'codex-5', 'codex-6']);
  store.jobs.end('codex-1', { state: 'cancelled', ...ending });
  expect(startAll(store)).toEqual(['codex-2']);
  store.close();
});

test('of each caller the oldest job is offered, with how many it has running, and of no agent at its limit', () => {
  const store = createStore(path());
  for (const caller of ['"a"', '"a"', '"b"', '"a"']) store.jobs.insert(newJob({ caller }));
  const offered = (agents: string[] = []) =>
    store.jobs.candidates({ agents, hosts: [], trees: [] }).map(({ id, busy }) => [id, busy]);
  expect(offered()).toEqual([
    ['codex-1', 0],
    ['codex-3', 0],
  ]);
  store.jobs.starting('codex-1', 1);
  store.jobs.starting('codex-3', 1);
  expect(offered()).toEqual([['codex-2', 1]]);
  store.jobs.insert(newJob({ agent: 'claude', caller: '"a"' }));
  expect(offered(['codex'])).toEqual([['claude-5', 1]]);
  store.close();
});

test('a job that waits for one it delegated holds no place', () => {
  const store = createStore(path());
  const held = () => store.jobs.placesHeld().map(({ agent }) => agent);
  const parent = store.jobs.insert(newJob());
  startAll(store);
  expect(held()).toEqual(['codex']);
  const child = store.jobs.insert(newJob({ agent: 'claude', parent: parent.id }));
  expect(held()).toEqual([]);
  expect(store.jobs.ahead(child)).toBe(0);
  startAll(store);
  expect(held()).toEqual(['claude']);
  store.jobs.end(child.id, { state: 'cancelled', ...ending });
  expect(held()).toEqual(['codex']);
  store.close();
});

test('the totals of ended jobs are those of their rows, whatever became of them', () => {
  const store = createStore(path());
  const states = ['succeeded', 'failed', 'lost'] as const;
  const ids = Array.from({ length: 30 }, () => store.jobs.insert(newJob()).id);
  for (const [n, id] of ids.slice(5).entries()) {
    store.jobs.end(id, { ...ending, state: states[n % 3] ?? 'lost', diskBytes: n });
    store.jobs.end(id, { ...ending, state: 'failed', diskBytes: 1000 }); // ends once
  }
  for (const id of ids.slice(8, 20)) store.jobs.remove(id);
  store.jobs.starting(ids[0] as string, 1);
  const row = store.jobs.get(ids[29] as string) as Job;
  expect(store.restore({ ...row, id: 'codex-99', sequence: 99, diskBytes: 500 })).toBe(true);
  const rows = store.list.jobs({}, 100);
  const counted = Map.groupBy(rows, ({ state }) => state);
  expect(store.jobs.counts()).toEqual(Object.fromEntries([...counted].map(([state, of]) => [state, of.length])));
  expect(store.jobs.counts()).toMatchObject({ queued: 4, starting: 1 });
  expect(store.jobs.diskBytes()).toBe(rows.reduce((sum, { diskBytes }) => sum + diskBytes, 0));
  store.close();
});

test('events are numbered without a gap and come back in order', () => {
  const store = createStore(path());
  const { id } = store.jobs.insert(newJob());
  store.events.append(id, [{ type: 'message', text: 'a' }], 1);
  store.events.append(
    id,
    [
      { type: 'message', text: 'b' },
      { type: 'result', ok: true },
    ],
    2,
  );
  expect([...store.events.of(id)].map((event) => event.type)).toEqual(['message', 'message', 'result']);
  store.close();
});

test('events come back as they were, whatever is in them and however many there are', () => {
  const store = createStore(path());
  const { id } = store.jobs.insert(newJob());
  const odd = ['', '"\\\'', 'a\0b', '\ud800', '\u2028漢字👩‍🚀', '{"type":"raw"}', '\\u0000', 'null', '1'];
  const events = Array.from(
    { length: 600 },
    (_, n): AgentEvent => ({ type: 'message', text: `${odd[n % odd.length]}${n}` }),
  );
  store.events.append(id, events, 1);
  store.events.append(id, [], 2);
  store.events.append(
    id,
    odd.map((line) => ({ type: 'raw', line })),
    3,
  );
  const all = [...events, ...odd.map((line) => ({ type: 'raw', line }))];
  expect([...store.events.of(id)]).toEqual(all);
  expect(store.events.last(id)).toBe(all.length);
  store.close();
});

test('pages go on anywhere, hold what is fit to be held, and miss nothing', () => {
  const store = createStore(path());
  const { id } = store.jobs.insert(newJob());
  const lines = Array.from({ length: 1_000 }, (_, n) => `${n}${'x'.repeat(n % 100 === 0 ? 70_000 : 0)}`);
  for (const [from, to] of [
    [0, 1],
    [1, 700],
    [700, 1_000],
  ]) {
    store.events.append(
      id,
      lines.slice(from, to).map((line) => ({ type: 'raw', line })),
      from as number,
    );
  }
  const all = Array.from({ length: 1_000 }, (_, n) => n + 1);
  for (const start of [0, 1, 255, 256, 257, 500, 701, 999, 1_000]) {
    const read: number[] = [];
    for (
      let page = store.events.page(id, start);
      page.length > 0;
      page = store.events.page(id, read.at(-1) as number)
    ) {
      expect(page.length).toBeLessThan(512);
      expect(page.every(({ seq, event }) => event.type === 'raw' && event.line === lines[seq - 1])).toBe(true);
      read.push(...page.map(({ seq }) => seq));
    }
    expect(read).toEqual(all.slice(start));
  }
  expect(store.events.page(id, 0)[0]?.at).toBe(0);
  expect(store.events.page(id, 700)[0]?.at).toBe(700);
  store.close();
});

test('the files of a job come in the order of their first change, with their last one', () => {
  const store = createStore(path());
  const { id } = store.jobs.insert(newJob());
  store.events.append(
    id,
    [
      { type: 'file', path: 'b', change: 'added' },
      { type: 'message', text: 'a' },
      { type: 'file', path: 'a', change: 'changed' },
    ],
    1,
  );
  store.events.append(id, [{ type: 'file', path: 'b', change: 'deleted' }], 2);
  const files = [
    { path: 'b', change: 'deleted' },
    { path: 'a', change: 'changed' },
  ];
  expect(store.events.files(id, 10)).toEqual(files);
  expect(store.events.files(id, 1)).toEqual(files.slice(0, 1));
  store.close();
});

test(`${proves('R-02')} words that are forgotten leave no byte in any file of a store that overwrites what it deletes`, () => {
  const store = createStore(path());
  store.overwriteDeleted();
  const holding = () =>
    readdirSync(folder).filter((name) => readFileSync(join(folder, name), 'latin1').includes('canary'));
  for (let n = 0; n < 30; n++) {
    const { id } = store.jobs.insert(newJob({ task: `canary ${'x'.repeat(n * 400)}` }));
    store.jobs.starting(id, 1);
    store.jobs.running(id, { pid: 1, startTime: '1', bootId: 'b' }, 1, 1);
    store.events.append(id, [{ type: 'message', text: `canary ${'y'.repeat(n * 300)}` }], 1);
    store.jobs.end(id, { ...ending, state: 'failed', errorCode: 'agent_failed', errorMessage: 'canary' });
  }
  expect(holding()).toContain('qantara.db-wal');
  expect(store.jobs.withWords(2, 100)).toEqual([]);
  const ids = store.jobs.withWords(3, 100);
  expect(ids).toHaveLength(30);
  for (const id of ids) {
    store.events.remove(id);
    store.jobs.forgetWords(id);
  }
  store.forgetJournal();
  expect(holding()).toEqual([]);
  expect(store.jobs.withWords(3, 100)).toEqual([]);
  store.close();
});
