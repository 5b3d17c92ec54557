import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Host, host, type Machine, machine } from '../helpers/bridge.ts';
import {
  daemonsOf,
  environmentsIn,
  halt,
  listeningPid,
  messagesOf,
  type StoredJob,
  storedJobs,
  upTo,
} from '../helpers/crash.ts';
import { askSomething, type Entry, randomFrom } from '../helpers/crash-load.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

const kills = Number(process.env.QANTARA_CRASH_KILLS ?? 500);
const seed = Number(process.env.QANTARA_CRASH_SEED ?? Date.now() % 1_000_000);
const lanesPerShim = 2;
const calmEveryMs = 4_000;

/**
 * Kills the daemon at random moments: some time after it listens, or one or two times in a row while it starts. A shim
 * gives up on a daemon that dies for 15 s without an answer, so each of them gets one from time to time (`calm`).
 */
async function killAtRandom(
  person: Machine,
  random: () => number,
  going: () => boolean,
  calm: () => Promise<unknown>,
): Promise<number> {
  let done = 0;
  let calmAt = performance.now();
  while (done < kills && going()) {
    if (performance.now() - calmAt > calmEveryMs) {
      await calm();
      calmAt = performance.now();
    }
    // A daemon that never came to listen would only show when shims lose patience.
    const inStart = random() < 0.3;
    const pid = await until(() => !going() || (inStart ? daemonsOf(person)[0] : listeningPid(person)), {
      timeoutMs: 30_000,
      what: 'a daemon to kill',
    });
    if (pid === true) break;
    await sleep(random() * (inStart ? 300 : 700));
    done += kill(person, pid) ? 1 : 0;
    if (random() < 0.2) done += kill(person, await until(() => daemonsOf(person)[0] ?? !going())) ? 1 : 0;
    await until(() => listeningPid(person) ?? !going(), { timeoutMs: 30_000, what: 'a daemon to listen' });
  }
  return done;
}

/** False where it has ended by itself: of two that were started at once, one finds the lock taken. */
function kill(person: Machine, pid: number | true): boolean {
  if (pid === true || !daemonsOf(person).includes(pid)) return false;
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

function check(job: StoredJob | undefined, entry: Entry, runs: number): void {
  const about = `${entry.kind} ${entry.id}`;
  expect(job?.state, about).toBe(entry.state);
  const { seqs, startedAt, createdAt, endedAt, exitCode } = job as StoredJob;
  expect(seqs, about).toEqual(upTo(seqs.length));
  const messages = messagesOf(job as StoredJob);
  if (entry.state === 'cancelled') {
    // It may have been stopped before it began, never a second time.
    expect(runs, about).toBeLessThanOrEqual(1);
    expect(messages, about).toEqual(entry.messages.slice(0, messages.length));
  } else {
    expect(runs, about).toBe(1);
    expect(messages, about).toEqual(entry.messages);
    expect(exitCode, about).toBe(entry.exitCode);
  }
  if (startedAt !== null) expect(startedAt, about).toBeGreaterThanOrEqual(createdAt);
  expect(endedAt, about).toBeGreaterThanOrEqual(startedAt ?? createdAt);
}

test(`${proves('P-01', 'P-03', 'P-06', 'P-08', 'P-16')} ${kills} random deaths of the daemon under load lose nothing and repeat nothing`, {
  timeout: 120_000 + kills * 3_000,
}, async () => {
  const random = randomFrom(seed);
  const person = machine();
  const hosts: Host[] = [];
  onTestFinished(async () => {
    await Promise.all(hosts.map((one) => one.close()));
    await person.close();
  });
  for (const name of ['claude', 'codex', 'gemini']) hosts.push(await host(person, { name, cwd: person.project(name) }));

  /** Outside of the daemon: what callers were told. */
  const ledger: Entry[] = [];
  let going = true;
  const answered = hosts.map(() => 0);
  const lane = async (own: Host, at: number, pick: () => number): Promise<void> => {
    while (going) {
      ledger.push(await askSomething(own, pick));
      answered[at] = (answered[at] as number) + 1;
    }
  };
  const calm = () => {
    const before = [...answered];
    return until(() => !going || answered.every((count, at) => count > (before[at] as number)), { timeoutMs: 60_000 });
  };
  const lanes = hosts.flatMap((own, at) =>
    Array.from({ length: lanesPerShim }, (_, n) => lane(own, at, randomFrom(seed + 1 + at * lanesPerShim + n))),
  );
  const load = Promise.all(lanes).finally(() => {
    going = false;
  });
  load.catch(() => {}); // it is awaited below
  const began = performance.now();
  const done = await killAtRandom(person, random, () => going, calm);
  going = false;
  await load.catch((error: unknown) => {
    throw new Error(`seed ${seed}, after ${done} kills`, { cause: error });
  });
  const seconds = Math.round((performance.now() - began) / 1000);

  await Promise.all(hosts.map((one) => one.close()));
  await halt(person);
  const stored = new Map(storedJobs(person).map((job) => [job.id, job]));
  const runs = Map.groupBy(person.runs(), (line) => line.split(' ')[2] as string);
  for (const entry of ledger) check(stored.get(entry.id), entry, runs.get(entry.id)?.length ?? 0);
  // Nor is there a job that nobody was told of.
  expect([...stored.keys()].sort()).toEqual(ledger.map(({ id }) => id).sort());
  expect([...runs.keys()].filter((id) => !stored.has(id))).toEqual([]);
  expect(readdirSync(person.paths.jobs).filter((name) => !stored.has(name))).toEqual([]);
  expect(environmentsIn(person)).toEqual([]);
  expect(done).toBeGreaterThanOrEqual(kills);
  const lines = ledger.reduce((sum, { id }) => sum + (stored.get(id)?.seqs.length ?? 0), 0);
  const each = Object.entries(Object.groupBy(ledger, ({ kind }) => kind)).map(([kind, of]) => `${of?.length} ${kind}`);
  console.log(
    `seed ${seed}: ${done} kills in ${seconds} s, ${ledger.length} jobs (${each.join(', ')}), ${lines} events, 0 lost`,
  );
});
