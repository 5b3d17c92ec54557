import { expect, onTestFinished, test } from 'vitest';
import { machine } from '../helpers/bridge.ts';
import { holdsNothing } from '../helpers/leaks.ts';
import { proves } from '../promises.ts';

/** A thousand: test/crash/leaks.test.ts. */
const count = 100;

test.runIf(process.platform === 'linux')(
  `${proves('P-13')} ${count} jobs later the daemon holds what it held before`,
  { timeout: 60_000 },
  async () => {
    const person = machine();
    onTestFinished(() => person.close());
    await holdsNothing(person, count);
    expect(await person.jobs()).toHaveLength(50);
  },
);
