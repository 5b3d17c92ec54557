/** Writes `test/fixtures/store/v<schema>.db.gz` with today's code: `node test/helpers/record-store.ts`, for a new schema. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { migrations } from '../../daemon/store/migrations.ts';
import { host, jobIn, machine } from './bridge.ts';
import { setup } from './build.ts';

setup();
const person = machine();
const own = await host(person);
await own.call('ask_codex', { task: '[[lines 2]] [[say one]]' });
await own.call('ask_claude', { task: '[[lines 1]] [[fail it broke]] [[exit 3]]' });
const id = jobIn(await own.call('ask_gemini', { task: '[[say three]]', background: true }));
await own.call('wait_job', { job_id: id });
await own.close();
await person.qantara('daemon', 'stop');

const db = new Database(person.paths.database);
for (const [table, column] of ['jobs.cwd', 'jobs.scope', 'sessions.cwd', 'sessions.scope'].map((of) => of.split('.'))) {
  // Nothing of the machine that it was made on.
  db.prepare(`update ${table} set ${column} = replace(${column}, ?, '/home/person')`).run(person.home);
}
db.pragma('journal_mode = delete');
db.exec('vacuum');
db.close();
const file = join(import.meta.dirname, `../fixtures/store/v${migrations.length}.db.gz`);
writeFileSync(file, gzipSync(readFileSync(person.paths.database), { level: 9 }));
await person.close();
