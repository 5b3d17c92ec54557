import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { host, type Machine, machine } from '../helpers/bridge.ts';
import { messagesOf, storedJobs } from '../helpers/crash.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

const count = 1_000;
/** Generous, and far below what one job after the other would take that each waits for a time-out. */
const limitMs = 30_000;

let person: Machine;
beforeEach(() => {
  person = machine();
});
afterEach(() => person.close());

const folder = (sequence: number, name = ''): string => join(person.paths.jobs, `codex-${sequence}`, name);

/** What may have become of a folder, by the last digits of the job; all the others are in order. */
const damage: Record<number, { what: string; do(sequence: number): void }> = {
  111: { what: 'is gone', do: (n) => rmSync(folder(n), { recursive: true }) },
  222: { what: 'is a file', do: (n) => rmSync(folder(n), { recursive: true }) ?? writeFileSync(folder(n), 'x') },
  333: { what: 'has a folder for its output', do: (n) => rmSync(folder(n, 'out')) ?? mkdirSync(folder(n, 'out')) },
  444: { what: 'has a folder for its exit code', do: (n) => rmSync(folder(n, 'run')) ?? mkdirSync(folder(n, 'run')) },
  555: { what: 'has no exit code', do: (n) => rmSync(folder(n, 'run')) },
  666: { what: 'has words for an exit code', do: (n) => writeFileSync(folder(n, 'run'), 'success\n'.repeat(4)) },
  777: { what: 'has output that is no stream', do: (n) => writeFileSync(folder(n, 'out'), Buffer.alloc(5_000, 0xff)) },
  888: {
    what: 'is a link to nowhere',
    do: (n) => rmSync(folder(n), { recursive: true }) ?? symlinkSync('/nowhere/at/all', folder(n)),
  },
};

/** Makes a thousand jobs that ran when their daemon died and have ended since, as copies of one that did run. */
async function makeJobs(): Promise<void> {
  const own = await host(person);
  await own.call('ask_codex', { task: '[[lines 10]] [[say once]] [[exit 3]]' });
  await own.close();
  await person.qantara('daemon', 'stop');
  const db = new Database(person.paths.database);
  const columns = (db.pragma('table_info(jobs)') as { name: string }[]).map(({ name }) => name);
  const changed: Record<string, string> = {
    sequence: 'cast(@n as integer)',
    id: `'codex-' || cast(@n as integer)`,
    call_key: `'call ' || cast(@n as integer)`,
    state: `'running'`,
    output_offset: '0',
    exit_code: 'null',
    ended_at: 'null',
    delivered_at: 'null',
  };
  const values = columns.map((name) => changed[name] ?? name);
  const copy = db.prepare(`insert into jobs (${columns}) select ${values} from jobs where sequence = 1`);
  db.transaction(() => {
    for (let n = 2; n <= count + 1; n++) copy.run({ n });
  })();
  db.close();
  for (let n = 2; n <= count + 1; n++) cpSync(folder(1), folder(n), { recursive: true, preserveTimestamps: true });
}

test(`${proves('P-07', 'P-04')} a thousand jobs are taken over, and damaged folders hold nobody up`, {
  timeout: 120_000,
}, async () => {
  await makeJobs();
  for (const [n, { do: harm }] of Object.entries(damage)) harm(Number(n));
  mkdirSync(join(person.paths.jobs, 'not a job'));
  writeFileSync(join(person.paths.jobs, 'not a folder'), 'x');

  const began = performance.now();
  await person.qantara('daemon', 'start');
  const listeningMs = performance.now() - began;
  const left = async () => (await person.status())?.jobs.running ?? 0;
  const harmed = Object.keys(damage).length;
  await until(async () => (await left()) <= harmed, { timeoutMs: limitMs });
  const wholeMs = performance.now() - began;
  await until(async () => (await left()) === 0, { timeoutMs: limitMs });
  const allMs = performance.now() - began;
  await person.qantara('daemon', 'stop');

  for (const job of storedJobs(person)) {
    const harm = damage[Number(job.id.slice('codex-'.length))]?.what;
    const about = `${job.id} ${harm ?? ''}`;
    const expected = harm ? damagedState[harm] : { state: 'succeeded', exitCode: 3 };
    expect(job, about).toMatchObject(expected as object);
    if (!harm) expect(messagesOf(job), about).toHaveLength(11);
  }
  const ms = (value: number) => `${Math.round(value)} ms`;
  console.log(
    `${count} jobs: listening after ${ms(listeningMs)}, whole ones after ${ms(wholeMs)}, all after ${ms(allMs)}`,
  );
});

/** The stream decides where it can be read; nothing else is ever called a success. */
const damagedState: Record<string, object> = {
  'is gone': { state: 'lost', exitCode: null },
  'is a file': { state: 'lost', exitCode: null },
  'has a folder for its output': { state: 'lost', exitCode: null },
  'has a folder for its exit code': { state: 'lost', exitCode: null },
  'has no exit code': { state: 'succeeded', exitCode: null },
  'has words for an exit code': { state: 'succeeded', exitCode: null },
  'has output that is no stream': { state: 'failed', exitCode: 3 },
  'is a link to nowhere': { state: 'lost', exitCode: null },
};
