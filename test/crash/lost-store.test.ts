import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { daemonsOf } from '../helpers/crash.ts';
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

const size = () => statSync(person.paths.database).size;
const overwrite = (at: number, bytes: Buffer): void => {
  const file = openSync(person.paths.database, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
};
const setAside = () => readdirSync(person.paths.home).filter((name) => /^qantara\.db\.damaged-\d+$/.test(name));

const damages: [string, () => void][] = [
  ['has bytes flipped in its middle', () => overwrite(4096, Buffer.alloc(size() - 8192, 0xa5))],
  ['has a broken header', () => overwrite(0, Buffer.from('not a database at all'))],
  ['was cut in half', () => truncateSync(person.paths.database, Math.floor(size() / 8192) * 4096)],
  ['was emptied', () => truncateSync(person.paths.database, 0)],
];

/** Every state that a job can be in when its store is lost; `go` lets the running one end. */
async function life(go: string): Promise<string[]> {
  const ask = async (agent: string, task: string, background = false) =>
    jobIn(await own.call(`ask_${agent}`, { task, background }));
  const ids = [
    await ask('claude', '[[say the first]]'),
    await ask('codex', '[[lines 1]] [[fail it broke]]'),
    await ask('codex', '[[say nobody looked]]', true),
    await ask('gemini', `[[lines 5]] [[until ${go}]] [[say in the end]] [[exit 3]]`, true),
    await ask('gemini', '[[env PROJECT]] [[exit 0]]', true),
  ];
  const now = async () => (await person.jobs()).map((job) => job.state).reverse();
  await until(async () => (await now()).join() === 'succeeded,failed,succeeded,running,queued');
  return ids;
}

test.each(damages)(
  `${proves('P-18')} a store that %s is kept aside and read back from the job folders, and everybody is told`,
  async (_what, damage) => {
    await person.qantara('daemon', 'start');
    writeFileSync(person.paths.config, '[limits.agents]\ngemini = 1\n');
    await person.qantara('daemon', 'restart');
    const go = join(person.home, 'go');
    await own.close();
    own = await host(person, { environment: { PROJECT: 'as submitted' } });
    const [first = '', broke = '', unread = '', running = '', queued = ''] = await life(go);
    /** Once the one that runs has told its session. */
    const jobs = () =>
      until(async () => {
        const all = await person.jobs();
        return all[1]?.state === 'running' && all[1].sessionId ? all : undefined;
      });
    const before = await jobs();
    await person.qantara('daemon', 'stop');
    damage();
    const damaged = readFileSync(person.paths.database);

    const answer = await own.call('check_job', { job_id: first });
    expect(answer.text).toMatch(/^the first\n\n\[qantara\] job claude-1 · succeeded · .* · session \S+ · 11 tokens in/);
    const [kept = ''] = setAside();
    const notice = `The job store was damaged and is kept as ${join(person.paths.home, kept)}; 5 jobs were read back from their folders.`;
    expect(answer.text).toContain(`[qantara] notice: ${notice}`);
    expect(answer.text).toContain(`notice: background job "${unread}"`);
    expect(answer.text).not.toContain(`notice: background job "${first}"`);
    expect(readFileSync(join(person.paths.home, kept)).equals(damaged)).toBe(true);
    expect(statSync(join(person.paths.home, kept)).mode & 0o777).toBe(0o600);
    const same = ({ startedAt: _, ...job }: (typeof before)[number]) => ({
      ...job,
      sessionId: job.sessionId && 'known',
    });
    expect((await jobs()).map(same)).toEqual(before.map(same));
    expect((await person.qantara('daemon', 'status')).stdout).toContain(join(person.paths.home, kept));

    expect((await own.call('check_job', { job_id: broke })).text).toMatch(
      /failed: it broke.*What it said before:\nline 1/s,
    );
    expect((await own.call('check_job', { job_id: unread })).text).toMatch(/^nobody looked\n/);
    writeFileSync(go, '');
    expect((await own.call('wait_job', { job_id: running })).text).toMatch(/in the end\n.*· succeeded/s);
    expect((await own.call('wait_job', { job_id: queued })).text).toMatch(/^PROJECT=as submitted\n/);
    expect(person.runs()).toHaveLength(5);
    // Ids and sessions go on where they were.
    const next = await own.call('ask_claude', { task: '[[args]]', continue_session: true });
    expect(jobIn(next)).toBe('claude-6');
    expect(next.text).toContain(/session (\S+)/.exec(answer.text)?.[1]);
    expect(next.text).not.toContain('damaged');
    rmSync(join(person.paths.home, kept));
    expect((await person.qantara('daemon', 'status')).stdout).not.toContain('damaged');
  },
);

test.each(['events-committed', 'agent-ended', 'answer-kept', 'job-ended'])(
  `${proves('P-18', 'P-03')} a store that is lost when a daemon dies at %s loses no job and runs none twice`,
  async (point) => {
    await own.close();
    own = await host(person, { environment: { QANTARA_FAIL: point } });
    // Nobody waits for it, so no daemon is started while the store is taken away.
    const task = '[[sleep 300]] [[lines 3]] [[say once]] [[exit 4]]';
    const id = jobIn(await own.call('ask_codex', { task, background: true }));
    const lose = () => {
      for (const end of ['', '-wal', '-shm']) rmSync(person.paths.database + end, { force: true });
    };
    await until(() => existsSync(join(person.paths.home, `died-at-${point}`)) && daemonsOf(person).length === 0);
    lose();
    expect((await own.call('wait_job', { job_id: id })).text).toMatch(/^once\n.*job codex-1 · succeeded/s);
    await person.qantara('daemon', 'stop');
    lose();
    expect((await own.call('check_job', { job_id: id })).text).toMatch(/^once\n.*job codex-1 · succeeded/s);
    expect(person.runs()).toHaveLength(1);
  },
);
