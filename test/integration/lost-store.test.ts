import { existsSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
let own: Host;
beforeEach(async () => {
  person = machine();
  own = await host(person);
});
afterEach(async () => {
  await own.close();
  await person.close();
});

const setAside = () => readdirSync(person.paths.home).filter((name) => /^qantara\.db\.damaged-\d+$/.test(name));

// Every kind of damage, with jobs in every state: test/crash/lost-store.test.ts
test(`${proves('P-18')} a store that is damaged or gone is read back from the job folders, and the caller is told`, async () => {
  const id = jobIn(await own.call('ask_codex', { task: '[[say here]]', background: true }));
  await until(async () => (await person.jobs())[0]?.state === 'succeeded');
  await person.qantara('daemon', 'stop');
  truncateSync(person.paths.database, 8192);
  const damaged = await own.call('check_job', { job_id: id });
  expect(damaged.text).toMatch(/^here\n/);
  expect(damaged.text).toMatch(/notice: The job store was damaged and is kept as \S+; 1 jobs were read back from/);
  expect(setAside()).toHaveLength(1);
  await person.qantara('daemon', 'stop');
  rmSync(person.paths.database);
  const gone = await own.call('check_job', { job_id: id });
  expect(gone.text).toMatch(/^here\n/);
  expect(gone.text).toContain('notice: The job store was missing; 1 jobs were read back from their folders.');
  expect(setAside()).toHaveLength(1);
});

test(`${proves('P-19')} a store of a newer release is refused in one sentence and left alone`, async () => {
  await own.call('ask_codex', { task: '[[say x]]' });
  await person.qantara('daemon', 'stop');
  const db = new Database(person.paths.database);
  db.pragma('user_version = 99');
  db.close();
  const before = readFileSync(person.paths.database);
  const answer = await own.call('check_job');
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(
    /was written by a newer release \(schema 99, this one knows \d+\)\. Install that release again/,
  );
  expect(answer.text).not.toContain('\n');
  expect(readFileSync(person.paths.database).equals(before)).toBe(true);
  expect(existsSync(`${person.paths.database}.v99.bak`)).toBe(false);
});
