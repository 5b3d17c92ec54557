import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { machine, settle } from '../helpers/setup-machine.ts';
import { proves } from '../promises.ts';

/** Ends the process before the n-th call that changes anything on disk. */
const killer = `
const fs = require('node:fs');
let left = Number(process.env.KILL_BEFORE);
for (const name of ['openSync', 'writeSync', 'fchmodSync', 'fsyncSync', 'renameSync', 'linkSync', 'rmSync', 'mkdirSync', 'rmdirSync']) {
  const real = fs[name];
  fs[name] = (...args) => {
    if (!String(args[0]).includes('qantara-setup-') && --left === 0) process.kill(process.pid, 'SIGKILL');
    return real(...args);
  };
}
`;

const program = join(import.meta.dirname, '../../dist/qantara.js');

test(`kill -9 at every step of setup and of undo leaves each file old or new, and the next run puts all right ${proves('S-06', 'P-21')}`, {
  timeout: 180_000,
}, () => {
  const { home, environment, qantara, files } = machine(['claude']);
  settle(home);
  const before = files();
  expect(qantara('setup', '--yes').status).toBe(0);
  const after = files();
  expect(qantara('setup', '--undo', '--yes').status).toBe(0);
  writeFileSync(join(home, 'bin', 'killer.cjs'), killer);
  const killedAt = (step: number, ...args: string[]) =>
    spawnSync(process.execPath, ['--require', join(home, 'bin', 'killer.cjs'), program, 'setup', '--yes', ...args], {
      env: { ...environment, KILL_BEFORE: String(step) },
      timeout: 30_000,
    }).signal === 'SIGKILL';
  const leftovers = /\.tmp$|\.qantara\.bak$/;
  const settled = () => Object.entries(files()).filter(([path]) => !leftovers.test(path));
  const oldOrNew = () => {
    for (const [path, state] of settled()) expect([before[path], after[path]], path).toContain(state);
  };

  let steps = 0;
  for (let step = 1; killedAt(step); step++) {
    steps = step;
    oldOrNew();
    // By turns: on with it, or back.
    if (step % 2 === 0) {
      expect(qantara('setup', '--yes').status).toBe(0);
      expect(files(), `killed before step ${step}`).toEqual(after);
    }
    expect(qantara('setup', '--undo', '--yes').status).toBe(0);
    expect(files(), `killed before step ${step}`).toEqual(before);
  }
  expect(steps).toBeGreaterThan(25);
  expect(qantara('setup', '--yes').status).toBe(0);

  for (let step = 1; killedAt(step, '--undo'); step++) {
    oldOrNew();
    expect(qantara('setup', '--undo', '--yes').status).toBe(0);
    expect(files(), `killed before step ${step} of undo`).toEqual(before);
    expect(qantara('setup', '--yes').status).toBe(0);
    expect(files()).toEqual(after);
  }
});
