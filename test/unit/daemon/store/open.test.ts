import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrations } from '../../../../daemon/store/migrations.ts';
import { openStore } from '../../../../daemon/store/open.ts';
import { createStore } from '../../../../daemon/store/store.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { until } from '../../../helpers/wait.ts';
import { proves } from '../../../promises.ts';

const root = join(import.meta.dirname, '../../../..');
let home: ReturnType<typeof tempHome>;
beforeEach(() => {
  home = tempHome();
});
afterEach(() => home.remove());

const path = () => join(home.path, 'qantara.db');
const backup = () => `${path()}.v1.bak`;

/** A store as a release wrote it; `test/fixtures/store/README.md`. */
function released(schema: number): void {
  writeFileSync(path(), gunzipSync(readFileSync(join(root, `test/fixtures/store/v${schema}.db.gz`))));
}

test.each(migrations.map((_, at) => at + 1))(
  `${proves('P-19')} the store of schema %i opens, with all its jobs`,
  (schema) => {
    released(schema);
    const store = createStore(path());
    const jobs = store.list.jobs({}, 10).reverse();
    expect(jobs.map(({ id, state, exitCode }) => [id, state, exitCode])).toEqual([
      ['codex-1', 'succeeded', 0],
      ['claude-2', 'failed', 3],
      ['gemini-3', 'succeeded', 0],
    ]);
    expect([...store.events.of('codex-1')].at(-1)).toMatchObject({ type: 'result', ok: true });
    expect(store.sessions.get('codex', jobs[0]?.sessionId ?? '')).toMatchObject({ lastJob: 'codex-1' });
    store.close();
    expect(existsSync(`${path()}.v${migrations.length}.bak`)).toBe(false);
  },
);

test(`${proves('P-19')} the steps to a released schema still make exactly that schema`, () => {
  const schemaOf = (db: Database.Database) => db.prepare('select name, sql from sqlite_master order by name').all();
  for (const [at] of migrations.entries()) {
    released(at + 1);
    const then = new Database(path(), { readonly: true });
    const now = new Database(':memory:');
    for (const step of migrations.slice(0, at + 1)) now.exec(step);
    expect(schemaOf(now), `schema ${at + 1}`).toEqual(schemaOf(then));
    then.close();
    now.close();
  }
});

const tables = (file: string) => {
  const db = new Database(file, { readonly: true });
  const names = db.prepare('select name from sqlite_master where type = ? order by name').pluck().all('table');
  const version = db.pragma('user_version', { simple: true });
  const jobs = db.prepare('select count(*) from jobs').pluck().get();
  db.close();
  return { names, version, jobs };
};
const first = { names: ['events', 'jobs', 'sessions', 'sqlite_sequence'], version: 1, jobs: 3 };

test(`${proves('P-20')} before a migration the store is kept as it was; a second opening migrates nothing`, () => {
  released(1);
  const steps = [migrations[0] as string, 'create table more (a text)'];
  openStore(path(), steps).close();
  expect(tables(path())).toEqual({
    ...first,
    names: ['events', 'jobs', 'more', 'sessions', 'sqlite_sequence'],
    version: 2,
  });
  expect(tables(backup())).toEqual(first);
  expect(statSync(backup()).mode & 0o777).toBe(0o600);
  openStore(path(), steps).close();
  expect(tables(path()).version).toBe(2);
});

test(`${proves('P-20')} a migration that fails halfway leaves the old schema`, () => {
  released(1);
  const steps = [migrations[0] as string, 'create table more (a text); insert into nowhere values (1)'];
  expect(() => openStore(path(), steps)).toThrow(/The job store .* failed: no such table: nowhere\./);
  expect(tables(path())).toEqual(first);
  openStore(path()).close();
});

test(`${proves('P-20')} kill -9 in the middle of a migration leaves the old schema, and the next start goes on`, async () => {
  released(1);
  // Long enough to be killed in its middle, and it writes all the while.
  const slow =
    'create table more (a); insert into more with recursive n (x) as (select 1 union all select x + 1 from n limit 100000000) select x from n';
  const program = `
    import { openStore } from ${JSON.stringify(join(root, 'daemon/store/open.ts'))};
    openStore(${JSON.stringify(path())}, ${JSON.stringify([migrations[0], slow])});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  const ended = once(child, 'exit');
  await until(() => existsSync(backup()) && statSync(`${path()}-wal`, { throwIfNoEntry: false })?.size);
  child.kill('SIGKILL');
  expect((await ended)[1]).toBe('SIGKILL');
  expect(tables(backup())).toEqual(first);
  openStore(path(), [migrations[0] as string, 'create table more (a text)']).close();
  expect(tables(path())).toMatchObject({ version: 2, jobs: 3 });
});
