import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isDamage, storeFailure } from '../../../../daemon/store/failure.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { proves } from '../../../promises.ts';

let home: ReturnType<typeof tempHome>;
beforeEach(() => {
  home = tempHome();
});
afterEach(() => home.remove());

const path = () => join(home.path, 'some.db');

/** What `work` throws. */
function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Real errors of SQLite, by how they come about. */
const faults: [string, () => unknown, RegExp][] = [
  [
    'a database that may not grow',
    () => {
      const db = new Database(path());
      db.exec('create table t (a text)');
      db.pragma('max_page_count = 2');
      return thrown(() => db.prepare('insert into t values (?)').run('x'.repeat(100_000)));
    },
    /: its disk is full\. Free some space and ask again; what runs goes on\.$/,
  ],
  [
    'a database that may only be read',
    () => {
      new Database(path()).exec('create table t (a text)').close();
      return thrown(() => new Database(path(), { readonly: true }).exec('insert into t values (1)'));
    },
    /: its disk is read-only\. Make \S+ writable and ask again; what runs goes on\.$/,
  ],
  [
    'a file that is no database',
    () => {
      writeFileSync(path(), 'not a database'.repeat(1000));
      return thrown(() => new Database(path()).pragma('user_version'));
    },
    /: it is damaged\. Run `qantara daemon restart`: the file is kept aside, /,
  ],
  [
    'a lock that somebody else holds',
    () => {
      const other = new Database(path());
      other.exec('begin exclusive');
      return thrown(() => new Database(path(), { timeout: 0 }).exec('create table t (a text)'));
    },
    /: database is locked\. Ask again; /,
  ],
];
test.each(faults)(`${proves('P-17')} %s is one sentence with what to do`, (_what, fault, words) => {
  const failure = storeFailure(fault(), path());
  expect(failure?.code).toBe('store_failed');
  expect(failure?.message).toMatch(words);
});

test.each(['ENOSPC', 'EDQUOT'])('%s of a job folder is the same full disk', (code) => {
  expect(storeFailure(Object.assign(new Error(code), { code }), path())?.message).toContain('its disk is full');
});

test('what is no fault of disk or store is left to whoever knows it', () => {
  expect(storeFailure(Object.assign(new Error('x'), { code: 'ENOENT' }), path())).toBeUndefined();
  expect(storeFailure(new Error('x'), path())).toBeUndefined();
  expect(isDamage(Object.assign(new Error('x'), { code: 'SQLITE_CORRUPT_INDEX' }))).toBe(true);
  expect(isDamage(Object.assign(new Error('x'), { code: 'SQLITE_FULL' }))).toBe(false);
});
