import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderOf, readExit } from '../../daemon/runner/folder.ts';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { canMount, type Disk, smallDisk } from '../helpers/disk.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

/** A real file system runs full and becomes read-only, which only root can arrange. */
describe.runIf(canMount)('a state folder on a small disk', () => {
  let person: Machine;
  let disk: Disk;
  let own: Host;
  beforeEach(async () => {
    person = machine();
    disk = smallDisk(person.paths.home, 8 * 1024 * 1024);
    own = await host(person);
  });
  afterEach(async () => {
    disk.free();
    await own.close();
    await person.qantara('daemon', 'stop');
    disk.unmount();
    await person.close();
  });

  const stateOf = async (id: string) => (await person.jobs()).find((job) => job.id === id)?.state;
  const full = /^The job store \S+ failed: its disk is full\. Free some space and ask again; what runs goes on\.$/;

  test(`${proves('P-17')} a full disk stops no job, refuses asks in one sentence, answers reads, and is over when it is over`, async () => {
    const go = join(person.home, 'go');
    const earlier = jobIn(await own.call('ask_codex', { task: '[[say earlier]]' }));
    const other = jobIn(await own.call('ask_codex', { task: '[[say other]]', background: true }));
    await until(async () => (await stateOf(other)) === 'succeeded');
    const waiting = own.call('ask_codex', { task: `[[lines 3]] [[until ${go}]] [[say waited]]` });
    const ending = jobIn(
      await own.call('ask_codex', { task: `[[until ${go}-at-once]] [[silent]] [[exit 7]]`, background: true }),
    );
    await until(async () => (await stateOf(ending)) === 'running');
    await until(async () => (await own.call('check_job', { job_id: 'codex-3' })).text.includes('line 3'));
    const before = (await person.status())?.pid;

    disk.fill();
    const refused = await own.call('ask_codex', { task: '[[say never]]' });
    expect(refused.isError).toBe(true);
    expect(refused.text.split('\n')[0]).toMatch(full);
    expect((await own.call('ask_claude', { task: 'x', background: true })).text.split('\n')[0]).toMatch(full);
    expect((await own.call('check_job', { job_id: earlier })).text).toMatch(/^earlier\n/);
    expect((await own.call('check_job', { job_id: other })).text).toMatch(/^other\n/);
    expect((await own.call('check_job')).text).toContain(`${ending} · `);
    const listed = await person.qantara('jobs', 'ls');
    expect([listed.code, listed.stderr]).toEqual([0, '']);
    // It ends now, and its exit code has room although nothing else has.
    writeFileSync(`${go}-at-once`, '');
    await until(() => readExit(folderOf(person.paths.jobs, ending))?.code === 7);
    // Nothing of what was refused is left behind, least of all its environment.
    expect(readdirSync(person.paths.jobs).sort()).toEqual(['codex-1', 'codex-2', 'codex-3', 'codex-4']);

    disk.free();
    expect((await own.call('ask_codex', { task: '[[say again]]' })).text).toMatch(/^again\n.*job codex-5 /s);
    writeFileSync(go, '');
    expect((await waiting).text).toMatch(/^waited\n/);
    expect((await own.call('wait_job', { job_id: ending })).text).toMatch(/without a result \(exit code 7\)/);
    expect((await person.status())?.pid).toBe(before);
    // What was read while nothing could be noted is noted by now.
    await until(async () => !(await own.call('check_job')).text.includes('unread'));
    expect(person.runs()).toHaveLength(5);
  });

  test(`${proves('P-17', 'P-36')} a daemon that cannot start on a full disk says so to the host, and starts when there is space`, async () => {
    disk.fill();
    const refused = await own.call('ask_codex', { task: 'x' });
    expect(refused.isError).toBe(true);
    expect(refused.text).toMatch(/^The qantara daemon cannot be reached at \S+: .*disk.* is full\. Free some space/);
    disk.free();
    expect((await own.call('ask_codex', { task: '[[say started]]' })).text).toMatch(/^started\n/);
  });

  test(`${proves('P-17')} a read-only disk is named by every host’s answer, and nothing is lost by it`, async () => {
    const id = jobIn(await own.call('ask_codex', { task: '[[say kept]]', background: true }));
    await until(async () => (await stateOf(id)) === 'succeeded');
    await person.qantara('daemon', 'stop');
    disk.readOnly(true);
    const refused = await own.call('check_job', { job_id: id });
    expect(refused.isError).toBe(true);
    expect(refused.text).toMatch(/read-only/);
    expect(refused.text).not.toMatch(/\n/);
    disk.readOnly(false);
    expect((await own.call('check_job', { job_id: id })).text).toMatch(/^kept\n/);
  });
});
