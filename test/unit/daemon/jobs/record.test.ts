import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Jobs } from '../../../../daemon/jobs/context.ts';
import { keepRecord, readRecord, recordOf } from '../../../../daemon/jobs/record.ts';
import { folderOf } from '../../../../daemon/runner/folder.ts';
import { createStore, type Store } from '../../../../daemon/store/store.ts';
import { newJob } from '../../../helpers/new-job.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { proves } from '../../../promises.ts';

let home: ReturnType<typeof tempHome>;
let store: Store;
let warnings: unknown[];
beforeEach(() => {
  home = tempHome();
  store = createStore(join(home.path, 'qantara.db'));
  warnings = [];
});
afterEach(() => {
  store.close();
  home.remove();
});

const jobs = () =>
  ({ store, paths: { jobs: home.path }, log: { warn: (what: unknown) => warnings.push(what) } }) as unknown as Jobs;

/** A job of that task with its folder and first record. */
function accepted(task: string) {
  const job = store.jobs.insert(newJob({ task }));
  const folder = folderOf(home.path, job.id);
  mkdirSync(folder.dir);
  writeFileSync(folder.record, recordOf(job));
  return { id: job.id, folder };
}

test.each([1, 3_000, 3_500, 4_095, 9_000])(
  `${proves('P-18')} a record follows its row, whatever fits into a page (task of %i characters)`,
  (length) => {
    const { id, folder } = accepted('é'.repeat(length));
    const file = statSync(folder.record).ino;
    expect(store.jobs.delivered(id, 5)).toBe(true);
    expect(store.jobs.delivered(id, 6)).toBe(false);
    keepRecord(jobs(), id);
    expect(readRecord(folder)).toEqual(store.jobs.get(id));
    expect(readdirSync(folder.dir)).toEqual(['job.json']);
    expect(statSync(folder.record).ino === file).toBe(length === 1);
    expect(warnings).toEqual([]);
  },
);

test('a record that became a link is not followed', () => {
  const { id, folder } = accepted('t');
  const outside = join(home.path, 'outside');
  renameSync(folder.record, outside);
  symlinkSync(outside, folder.record);
  const before = readFileSync(outside, 'utf8');
  store.jobs.delivered(id, 5);
  keepRecord(jobs(), id);
  expect(readFileSync(outside, 'utf8')).toBe(before);
  expect(warnings).toHaveLength(1);
});
