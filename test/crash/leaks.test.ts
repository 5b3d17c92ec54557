import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

const count = Number(process.env.QANTARA_LEAK_JOBS ?? 1000);

test.runIf(process.platform === 'linux')(
  `${proves('P-13')} ${count} jobs later the daemon holds what it held before`,
  { timeout: 60_000 + count * 300 },
  async () => {
    const person = machine();
    onTestFinished(() => person.close());
    await holdsNothing(person, count);
    const { jobs = {} } = (await person.status()) ?? {};
    expect(Object.keys(jobs).sort()).toEqual(['cancelled', 'succeeded']);
  },
);

/** What a process holds. */
interface Holdings {
  descriptors: number;
  /** Resident memory; bytes. */
  memory: number;
  /** Processes that it has started, also such as have ended and that nobody has collected. */
  children: number;
}

/** Linux only. */
function holdingsOf(pid: number): Holdings {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'latin1');
      } catch {
        return ''; // it has gone
      }
    });
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    memory: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024,
    children: stats.filter((stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(pid)).length,
  };
}

/** A `codex` that costs next to nothing: it reads its prompt and answers in three lines. */
const cheapAgent = `#!/bin/sh
cat >/dev/null
echo '{"type":"thread.started","thread_id":"00000000-0000-4000-8000-'"$(printf %012d $$)"'"}'
echo '{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"done"}}'
echo '{"type":"turn.completed","usage":{"input_tokens":1,"output_tokens":1}}'
`;

const atOnce = 8;
/** Until then code is compiled and caches fill. */
const warmUp = 60;

/**
 * Runs `count` jobs of every way to ask, and checks that the daemon holds afterwards what it held after the first
 * few: as many descriptors, no child, and at most 20 MB more.
 */
async function holdsNothing(person: Machine, count: number): Promise<void> {
  const binary = join(person.home, 'bin/codex');
  rmSync(binary);
  writeFileSync(binary, cheapAgent);
  chmodSync(binary, 0o755);
  const own = await host(person);
  const one = async (n: number): Promise<void> => {
    const background = n % 3 === 0;
    const answer = await own.call('ask_codex', { task: `job ${n}`, background });
    if (n % 30 === 0) await own.call('cancel_job', { job_id: jobIn(answer) });
    else if (background) await own.call('wait_job', { job_id: jobIn(answer) });
    else expect(answer.text).toMatch(/^done\n/);
  };
  const run = async (from: number, to: number): Promise<void> => {
    let next = from;
    const lane = async (): Promise<void> => {
      while (next < to) await one(next++);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  };
  await run(0, warmUp);
  const { pid = 0 } = (await person.status()) ?? {};
  const before = await until(() => settled(pid));
  await run(warmUp, warmUp + count);
  const after = await until(() => {
    const now = holdingsOf(pid);
    return now.descriptors === before.descriptors && now.children === 0 && now;
  }).catch(() => holdingsOf(pid));
  expect(after).toMatchObject({ descriptors: before.descriptors, children: 0 });
  expect(after.memory - before.memory).toBeLessThan(20 * 1024 * 1024);
  expect((await person.status())?.pid).toBe(pid);
  const left = readdirSync(person.paths.jobs, { recursive: true, encoding: 'utf8' });
  expect(left.filter((name) => /env\.json|\.tmp$/.test(name))).toEqual([]);
  const growth = ((after.memory - before.memory) / 1024 / 1024).toFixed(1);
  console.log(`${count} jobs: ${after.descriptors} descriptors as before, no child, ${growth} MB more memory`);
  await own.close();
}

/** What a process holds once it has no child and its descriptors stay the same for two looks; `status` itself uses one. */
function settled(pid: number): Holdings | undefined {
  const first = holdingsOf(pid);
  const second = holdingsOf(pid);
  return first.descriptors === second.descriptors && second.children === 0 ? second : undefined;
}
