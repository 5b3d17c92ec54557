import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Caller, callersOn, owned, owns } from '../../../daemon/caller.ts';
import { bootId, type Identity, identify } from '../../../daemon/runner/process.ts';
import type { Job } from '../../../daemon/store/jobs.ts';
import { createStore, type Store } from '../../../daemon/store/store.ts';
import { newJob } from '../../helpers/new-job.ts';
import { tempHome } from '../../helpers/temp.ts';
import { proves } from '../../promises.ts';

describe(`${proves('N-04')} what is kept of a connection never outdates its parent`, () => {
  const home = tempHome();
  let store: Store;
  beforeAll(() => {
    store = createStore(`${home.path}/q.db`);
  });
  afterAll(() => {
    store.close();
    home.remove();
  });

  /** A job that is running as the process of `identity`. */
  function running(identity: Identity): Job {
    const job = store.jobs.insert(newJob({ depth: 2, nonce: 'ab12', policy: '{"maxDepth":3}' }));
    store.jobs.starting(job.id, 1);
    store.jobs.running(job.id, identity, Date.now(), 1);
    return store.jobs.get(job.id) as Job;
  }
  const end = (job: Job) =>
    store.jobs.end(job.id, {
      state: 'succeeded',
      exitCode: 0,
      errorCode: null,
      errorMessage: null,
      endedAt: 2,
      diskBytes: 0,
    });
  const connect = (environment: Record<string, string> = {}, pid = process.pid) => {
    const hello = {
      protocol: 1,
      version: '0',
      shimId: 'a-shim-id',
      host: 'claude',
      pid,
      cwd: '/',
      environment,
    };
    const callerOf = callersOn(hello, { below: () => [] }, store);
    return () => callerOf({ meta: {} });
  };

  test('one that is an ancestor: it is found when it is there, and not when it has ended', () => {
    const caller = connect();
    expect(caller()).toMatchObject({ depth: 0, parent: undefined, limits: [] });
    const job = running(identify(process.ppid) as Identity);
    expect(caller()).toMatchObject({ depth: 2, parent: { id: job.id }, limits: [{ origin: `job ${job.id}` }] });
    store.jobs.stopping(job.id, 'cancelled');
    expect(caller().parent?.stopReason).toBe('cancelled');
    end(job);
    expect(caller().parent).toBeUndefined();
  });

  test('one with the pid of an ancestor and another start time is another process', () => {
    const job = running({ pid: process.ppid, startTime: '1', bootId: bootId() });
    expect(connect()().parent).toBeUndefined();
    end(job);
  });

  test('the nearest of several', () => {
    const shim = spawn('sleep', ['60']);
    const caller = connect({}, shim.pid);
    const far = running(identify(process.ppid) as Identity);
    const near = running(identify(process.pid) as Identity);
    expect(caller().parent?.id).toBe(near.id);
    end(near);
    expect(caller().parent?.id).toBe(far.id);
    end(far);
    shim.kill();
  });

  test('one by its marker stays known after its end, so that it can be refused', () => {
    const job = running({ pid: 2 ** 22 + 1, startTime: '1', bootId: bootId() });
    const caller = connect({ QANTARA_JOB: `${job.id}.ab12` });
    expect(caller().parent).toMatchObject({ id: job.id, endedAt: null });
    end(job);
    expect(caller().parent?.endedAt).not.toBeNull();
    for (const marker of [job.id, `${job.id}.`, `${job.id}.ab13`, `${job.id}.ab12.x`, '.ab12', `${job.id}.undefined`]) {
      expect([marker, connect({ QANTARA_JOB: marker })().parent]).toEqual([marker, undefined]);
    }
  });
});

test('whose a job is: one conversation has its own and what an ended one of its scope has left', () => {
  const identity = (pid: number): string => JSON.stringify(identify(pid));
  const caller = { scope: 's', hostSession: null, identity: identity(process.pid) } as Caller;
  const dead = JSON.stringify({ ...identify(process.ppid), startTime: '1' });
  const jobs = [
    { id: 'own', scope: 's', hostSession: null, caller: caller.identity },
    { id: 'of an open one', scope: 's', hostSession: null, caller: identity(process.ppid) },
    { id: 'left', scope: 's', hostSession: null, caller: dead },
    { id: 'left too', scope: 's', hostSession: 'another', caller: dead },
    { id: 'left elsewhere', scope: 't', hostSession: null, caller: dead },
  ];
  expect([...owned(caller, jobs)].map(({ id }) => id)).toEqual(['own', 'left', 'left too']);
  expect(jobs.filter((job) => owns(caller, job))).toEqual([...owned(caller, jobs)]);
});
