import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Job } from '../../../../daemon/store/jobs.ts';
import { conditionOf, rebuildStore, setAside, setAsideOf } from '../../../../daemon/store/rescue.ts';
import { createStore } from '../../../../daemon/store/store.ts';
import { newJob } from '../../../helpers/new-job.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { proves } from '../../../promises.ts';

let home: ReturnType<typeof tempHome>;
beforeEach(() => {
  home = tempHome();
});
afterEach(() => home.remove());

const path = () => join(home.path, 'qantara.db');

/** A store of 100 jobs, some ended, as it lies on disk once it is closed; and its rows. */
function stored(): Job[] {
  const store = createStore(path());
  for (let n = 0; n < 100; n++) {
    const { id } = store.jobs.insert(
      newJob({ task: 'é'.repeat(500), callKey: `shim:${n}`, sessionId: n === 5 ? 'five' : null }),
    );
    if (n % 2) {
      const ending = { exitCode: n, errorCode: null, errorMessage: null, diskBytes: 7 };
      store.jobs.end(id, { state: 'failed', ...ending, endedAt: n });
    }
  }
  const rows = store.list.jobs({}, 100).reverse();
  store.close();
  return rows;
}

test('a sound store is sound, also one of a newer schema', () => {
  expect(conditionOf(path())).toBe('absent');
  stored();
  expect(conditionOf(path())).toBe('sound');
  const db = new Database(path());
  db.pragma('user_version = 99');
  db.close();
  expect(conditionOf(path())).toBe('sound');
});

const damages: [string, () => void, string][] = [
  ['cut in half', () => truncateSync(path(), 4096 * 10), 'damaged'],
  ['cut to nothing', () => truncateSync(path(), 0), 'empty'],
  ['with a foreign header', () => writeFileSync(path(), 'x'.repeat(50_000)), 'damaged'],
  [
    'with one page overwritten',
    () => {
      const bytes = readFileSync(path());
      bytes.fill(0xa5, 4096 * 3, 4096 * 4);
      writeFileSync(path(), bytes);
    },
    'damaged',
  ],
];
test.each(damages)(`${proves('P-18')} a store %s is found out`, (_what, damage, condition) => {
  stored();
  damage();
  expect(conditionOf(path())).toBe(condition);
});

test(`${proves('P-18')} a store is made anew of its rows: the ended ones as they were, the others to be looked after`, () => {
  const rows = stored();
  setAside(path(), 7);
  expect(setAsideOf(path())).toEqual([`${path()}.damaged-7`]);
  expect(rebuildStore(path(), rows)).toBe(100);
  const store = createStore(path());
  const again = store.list.jobs({}, 1000).reverse();
  expect(again).toEqual(rows.map((row) => (row.endedAt === null ? { ...row, state: 'starting' } : row)));
  expect(store.sessions.get('codex', 'five')).toMatchObject({ lastJob: 'codex-6', cwd: '/' });
  expect(store.jobs.insert(newJob()).id).toBe('codex-101');
  store.close();
  expect(readdirSync(home.path).filter((name) => name.includes('rebuilding'))).toEqual([]);
});

test('what is left of a database that is gone is not taken for a part of the new one', () => {
  const rows = stored();
  writeFileSync(`${path()}-wal`, 'a log of the past');
  setAside(path(), 7);
  writeFileSync(`${path()}-wal`, 'and of a database that somebody deleted');
  setAside(path(), 8);
  expect(setAsideOf(path())).toEqual([`${path()}.damaged-7`]);
  expect(readdirSync(home.path).sort()).toEqual(
    ['', '-wal'].map((end) => `qantara.db.damaged-7${end}`).concat('qantara.db.damaged-8-wal'),
  );
  expect(rebuildStore(path(), rows)).toBe(100);
});

test('records of another release bring what both know, and those that are none of a job are left out', () => {
  const [row = {} as Job, other = {} as Job] = stored();
  setAside(path(), 7);
  const { diskBytes: _, ...older } = row;
  const records = [
    { ...older, laterColumn: 1 },
    other,
    { ...other },
    { sequence: 9, id: 'codex-9' },
    { ...row, task: {} },
  ];
  expect(rebuildStore(path(), records as unknown as Job[])).toBe(2);
});
