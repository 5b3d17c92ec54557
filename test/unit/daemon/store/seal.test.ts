import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { conditionOf } from '../../../../daemon/store/rescue.ts';
import { seal, sealedAt } from '../../../../daemon/store/seal.ts';
import { createStore, type Store } from '../../../../daemon/store/store.ts';
import { newJob } from '../../../helpers/new-job.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { proves } from '../../../promises.ts';

let home: ReturnType<typeof tempHome>;
beforeEach(() => {
  home = tempHome();
});
afterEach(() => home.remove());

const path = () => join(home.path, 'qantara.db');

/** Adds 100 jobs; 20 times as many are more than the journal holds. */
function addJobs(store: Store, times = 1): void {
  for (let n = 0; n < times * 10; n++) {
    store.together(() => {
      for (let one = 0; one < 10; one++) store.jobs.insert(newJob({ task: 'é'.repeat(2000) }));
    });
  }
}

/** A store on disk that a start has looked at; returns when. */
function sealed(): number {
  const store = createStore(path());
  addJobs(store);
  store.close();
  expect(sealedAt(path())).toBeUndefined();
  expect(conditionOf(path())).toBe('sound');
  return sealedAt(path()) as number;
}

/** Returns when the clock of files has moved on from the last change of the database. */
function untilNextTick(): void {
  const probe = join(home.path, 'probe');
  const changed = () => statSync(path(), { bigint: true }).ctimeNs;
  do writeFileSync(probe, 'x');
  while (statSync(probe, { bigint: true }).ctimeNs === changed());
}

/** Writes over the page with the row of a job, as another program does it: not by SQLite. */
function damagePage(): void {
  untilNextTick();
  const bytes = readFileSync(path());
  const pages = [...Array(bytes.length / 4096).keys()];
  const leaves = pages.filter((page) => bytes[page * 4096] === 0x0d); // of a table
  const number = leaves[leaves.length >> 1] as number;
  const file = openSync(path(), 'r+');
  writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, 4096 * number);
  closeSync(file);
}

test('a store keeps its seal with all that is written to it, also while it is open', () => {
  const at = sealed();
  const store = createStore(path());
  expect(sealedAt(path())).toBe(at);
  const { size } = statSync(path());
  addJobs(store, 20);
  expect(statSync(path()).size).toBeGreaterThan(size);
  expect(sealedAt(path())).toBe(at);
  store.forgetJournal();
  expect(sealedAt(path())).toBe(at);
  addJobs(store);
  store.close();
  expect(sealedAt(path())).toBe(at);
});

test(`${proves('P-18')} a sealed store that somebody else has written to is looked at`, () => {
  sealed();
  damagePage();
  expect(conditionOf(path())).toBe('damaged');
});

test(`${proves('P-18')} what somebody else writes to a store that is open is not sealed with the next write of its own`, () => {
  sealed();
  const store = createStore(path());
  damagePage();
  addJobs(store, 20);
  expect(sealedAt(path())).toBeUndefined();
  store.close();
  expect(conditionOf(path())).toBe('damaged');
});

test(`${proves('P-18')} a sealed store is looked at when it is another file, at each boot and after a day`, () => {
  const at = sealed();
  copyFileSync(path(), `${path()}.copy`);
  renameSync(`${path()}.copy`, path());
  expect(sealedAt(path())).toBeUndefined();
  seal(path(), at);
  expect(sealedAt(path())).toBe(at);
  const text = readFileSync(`${path()}.sealed`, 'utf8');
  const [, boot = ''] = text.split(' ');
  writeFileSync(`${path()}.sealed`, text.replace(boot, 'ffffffff-ffff-4fff-8fff-ffffffffffff'));
  expect(sealedAt(path())).toBeUndefined();
  for (const other of [at - 86_400_000, at + 3_600_000]) {
    writeFileSync(`${path()}.sealed`, text.replace(String(at), String(other)));
    expect(sealedAt(path())).toBeUndefined();
  }
});

test(`${proves('P-18')} damage that no program wrote breaks the seal when it is met, so that the next start looks`, () => {
  const at = sealed();
  damagePage();
  seal(path(), at); // a disk that gives back something else changes no time
  expect(conditionOf(path())).toBe('sound');
  const store = createStore(path());
  expect(() => [...Array(100)].map((_, n) => store.jobs.get(`codex-${n + 1}`))).toThrow(/malformed/);
  expect(sealedAt(path())).toBeUndefined();
  store.close();
  expect(conditionOf(path())).toBe('damaged');
});

test(`${proves('P-18')} damage of that kind which a start meets breaks the seal too`, () => {
  const at = sealed();
  untilNextTick();
  const bytes = readFileSync(path());
  writeFileSync(path(), bytes.fill(0xa5, 4096, 40 * 4096));
  seal(path(), at);
  expect(() => createStore(path())).toThrow('it is damaged');
  expect(conditionOf(path())).toBe('damaged');
});
