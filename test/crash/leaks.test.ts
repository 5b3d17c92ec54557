import { expect, onTestFinished, test } from 'vitest';
import { machine } from '../helpers/bridge.ts';
import { holdsNothing } from '../helpers/leaks.ts';
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
