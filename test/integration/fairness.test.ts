import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { host, jobIn, machine } from '../helpers/bridge.ts';
import { halt } from '../helpers/crash.ts';
import { proves } from '../promises.ts';

const queued = 30;

test.each([1, 2])(`${proves('L-04')} a host with a long queue holds no other up at a limit of %i`, async (limit) => {
  const person = machine();
  mkdirSync(person.paths.home, { mode: 0o700 });
  writeFileSync(person.paths.config, `[limits]\nmax_running = ${limit}\n`);
  const go = join(person.home, 'go');
  const greedy = await host(person, { cwd: person.project('greedy') });
  const modest = await host(person, { cwd: person.project('modest') });
  onTestFinished(async () => {
    await greedy.close();
    await modest.close();
    // The rest of the queue is left alone; the one that runs ends by itself.
    await halt(person);
    await person.close();
  });
  // Behind these every other job waits, until all of them are queued.
  for (let n = 0; n < limit; n++) await greedy.call('ask_codex', { task: `[[until ${go}]]`, background: true });
  const many = Array.from({ length: queued }, (_, n) => greedy.call('ask_codex', { task: `${n}`, background: true }));
  await Promise.all(many);
  const few = await Promise.all([1, 2, 3].map((n) => modest.call('ask_claude', { task: `${n}`, background: true })));
  writeFileSync(go, '');
  for (const one of few) await modest.call('wait_job', { job_id: jobIn(one) });
  const order = person.runs().map((line) => line.split(' ')[2] as string);
  const last = order.findLastIndex((id) => id.startsWith('claude'));
  const before = order.slice(0, last).filter((id) => id.startsWith('codex')).length;
  expect(before).toBeLessThanOrEqual(limit * 5);
});
