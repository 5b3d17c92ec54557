import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processesOf } from '../helpers/processes.ts';
import { tempHome } from '../helpers/temp.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

const main = join(import.meta.dirname, '../bench/main.ts');

test(`${proves('M-01')} an interrupted benchmark leaves no process and no file`, async () => {
  const place = tempHome();
  // Two hundred agents, a daemon and a host: the most that a scenario has.
  const bench = spawn(process.execPath, [main, 'many', '--short'], {
    env: { ...process.env, TMPDIR: place.path },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => bench.once('exit', resolve));
  const home = await until(() => readdirSync(place.path).map((name) => join(place.path, name))[0]);
  await until(() => processesOf(home).length > 20);
  bench.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(processesOf(home)).toEqual([]);
  expect(readdirSync(place.path)).toEqual([]);
  place.remove();
});

test('an unknown scenario is refused with the names of those that there are', async () => {
  const bench = spawn(process.execPath, [main, 'nonsense'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  bench.stderr.on('data', (chunk) => (words += chunk));
  expect(await new Promise((resolve) => bench.once('close', resolve))).toBe(2);
  expect(words).toMatch(/no scenario "nonsense"; there are: shim memory call /);
});
