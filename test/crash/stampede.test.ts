import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { host, machine } from '../helpers/bridge.ts';
import { daemonsOf } from '../helpers/crash.ts';
import { proves } from '../promises.ts';

const count = 50;

test(`${proves('P-35')} ${count} shims that start at once on a cold machine get one daemon and ${count} answers`, {
  timeout: 180_000,
}, async () => {
  const person = machine();
  onTestFinished(() => person.close());
  const hosts = await Promise.all(Array.from({ length: count }, () => host(person)));
  onTestFinished(async () => void (await Promise.all(hosts.map((own) => own.close()))));
  const answers = await Promise.all(
    hosts.map((own, n) => own.call('ask_codex', { task: `[[say ${n}]]` }, { timeout: 150_000 })),
  );
  expect(answers.map(({ text }) => text.split('\n')[0])).toEqual(hosts.map((_, n) => String(n)));
  expect(readFileSync(person.paths.log, 'utf8').match(/"listening"/g)).toHaveLength(1);
  expect(daemonsOf(person)).toHaveLength(1);
  expect(person.runs()).toHaveLength(count);
});
