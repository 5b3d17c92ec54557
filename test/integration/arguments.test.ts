import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { nasty } from '../helpers/hostile.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
});
afterEach(() => person.close());

/** Puts an executable that writes down what it was given in the place of Codex; `records` reads that. */
function recorder() {
  const codex = join(person.home, 'bin/codex');
  rmSync(codex);
  symlinkSync(join(import.meta.dirname, '../fake/recorder.mjs'), codex);
  const folder = person.project('records');
  const read = (name: string) =>
    JSON.parse(readFileSync(join(folder, name), 'utf8')) as { args: string[]; stdin: string; cwd: string };
  return { environment: { RECORD: folder, BRIDGE_CLARIFY: '0' }, records: () => readdirSync(folder).map(read) };
}

test(`${proves('P-32')} a task is what the agent reads, byte for byte, and nothing else`, async () => {
  const { environment, records } = recorder();
  const own = await host(person, { environment });
  const tasks = [nasty.join('\n'), ...nasty.filter((text) => text.startsWith('-')).map((text) => `${text} now`)];
  for (const task of tasks) expect((await own.call('ask_codex', { task })).text).toMatch(/^recorded/);
  expect(
    records()
      .map(({ stdin }) => stdin)
      .sort(),
  ).toEqual([...tasks].sort());
  for (const { args } of records()) {
    expect(args).toEqual(['exec', '--json', '--skip-git-repo-check', '--sandbox=workspace-write', '-']);
  }
  await own.close();
});

test(`${proves('P-32')} a directory of any name is entered and not read`, async () => {
  const { environment, records } = recorder();
  const own = await host(person, { environment });
  const names = nasty.filter((text) => !/[/\0]/.test(text) && !text.includes('..') && text.length < 100);
  const places = names.map((name) => person.project(join('places', name)));
  await Promise.all(places.map((cwd) => own.call('ask_codex', { task: 'x', cwd })));
  expect(
    records()
      .map(({ cwd }) => cwd)
      .sort(),
  ).toEqual([...places].sort());
  await own.close();
});

test(`${proves('P-32')} what is no model, session or directory is refused in safe words before anything runs`, async () => {
  const own = await host(person);
  for (const text of nasty.filter((one) => one !== 'x'.repeat(200))) {
    for (const name of ['model', 'session_id', 'cwd', 'reasoning', text]) {
      const answer = await own.call('ask_codex', { task: 'x', [name]: name === 'cwd' ? `${text}\0` : text });
      expect(answer.isError, `${name} ${JSON.stringify(text)}`).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(answer.text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/);
    }
  }
  expect((await own.call('ask_codex', { task: 'x', model: '-'.repeat(100_000) })).text.length).toBeLessThan(400);
  expect((await own.call('ask_codex', { task: 'a\0b' })).text).toMatch(/"task" contains a NUL character/);
  expect(person.runs()).toEqual([]);
  await own.close();
});

test(`${proves('H-01')} nobody is sent out of the roots, by whatever path`, async () => {
  const inside = person.project('code/inside');
  const outside = person.project('outside');
  symlinkSync(outside, join(inside, 'link'));
  const environment = { BRIDGE_ROOTS: '~/code' };
  const own = await host(person, { cwd: inside, environment });
  expect((await own.call('ask_codex', { task: '[[cwd]]' })).text).toMatch(new RegExp(`^${inside}\\n`));
  for (const cwd of [outside, 'link', '../../outside', `${person.home}/code-beside/..`, '/']) {
    mkdirSync(join(person.home, 'code-beside'), { recursive: true });
    const { text, isError } = await own.call('ask_codex', { task: 'x', cwd });
    expect([isError, text]).toEqual([
      true,
      expect.stringMatching(/^Refused: the directory .* is not within .*\/code\)/),
    ]);
  }
  // Another host of the same registration whose workspace lies outside.
  const elsewhere = await host(person, { cwd: outside, environment });
  expect((await elsewhere.call('ask_codex', { task: 'x' })).text).toMatch(/^Refused: the directory/);
  await elsewhere.close();
  await own.close();
});

test(`${proves('H-01')} a session that began outside is not resumed there under roots of today`, async () => {
  const outside = person.project('outside');
  const before = await host(person, { cwd: outside });
  const session = /session ([0-9a-f-]{36})/.exec((await before.call('ask_codex', { task: 'x' })).text)?.[1];
  await before.close();
  const own = await host(person, { cwd: outside, environment: { BRIDGE_ROOTS: person.project('code') } });
  for (const given of [{ session_id: session }, { continue_session: true }]) {
    expect((await own.call('ask_codex', { task: 'x', ...given })).text).toMatch(/^Refused: the directory .*outside/);
  }
  await own.close();
});

test(`${proves('H-01')} config.toml, ceiling and the outer job each only take roots away`, async () => {
  const deep = person.project('code/a/b');
  const beside = person.project('code/c');
  mkdirSync(person.paths.home, { mode: 0o700 });
  writeFileSync(person.paths.config, '[ceiling]\nroots = ["~/code"]\n');
  const own = await host(person, { cwd: deep, environment: { BRIDGE_ROOTS: `${person.home}/code/a,/etc` } });
  expect((await own.call('ask_codex', { task: 'x', cwd: '/etc' })).text).toMatch(/^Refused/);
  expect((await own.call('ask_codex', { task: 'x', cwd: beside })).text).toMatch(/^Refused/);
  // The inner host's registration has no roots of its own.
  const nested = await own.call('ask_codex', { task: `[[ask-in ${beside} claude {{say never}}]]` });
  expect(nested.text).toMatch(/^Refused: the directory/);
  expect((await own.call('ask_codex', { task: `[[ask-in ${deep} claude {{say there}}]]` })).text).toMatch(/^there/);
  await own.close();
});

test(`${proves('H-02')} a queued job does not enter what has come in the place of its directory`, async () => {
  mkdirSync(person.paths.home, { mode: 0o700 });
  writeFileSync(person.paths.config, '[limits]\nmax_running = 1\n');
  const own = await host(person, { environment: { BRIDGE_ROOTS: person.home } });
  const target = person.project('target');
  const gate = join(person.home, 'gate');
  await own.call('ask_claude', { task: `[[until ${gate}]]`, background: true });
  const queued = jobIn(await own.call('ask_codex', { task: '[[cwd]]', cwd: target, background: true }));
  renameSync(target, `${target}.moved`);
  symlinkSync('/etc', target);
  writeFileSync(gate, '');
  const { text, isError } = await own.call('wait_job', { job_id: queued });
  expect([isError, text]).toEqual([true, expect.stringMatching(/could not be started: .*target leads to \/etc now/)]);
  expect(person.runs().filter((line) => line.includes('codex'))).toEqual([]);
  await own.close();
});

test(`${proves('H-03')} the directory of a task does not supply the agent`, async () => {
  const cwd = person.project('repository');
  mkdirSync(join(cwd, 'bin'));
  for (const path of ['codex', 'bin/codex']) {
    writeFileSync(join(cwd, path), '#!/bin/sh\necho evil\n');
    chmodSync(join(cwd, path), 0o755);
  }
  const own = await host(person, { cwd, environment: { PATH: `.:bin::${person.environment.PATH}` } });
  expect((await own.call('ask_codex', { task: '[[say the real one]]' })).text).toMatch(/^the real one/);
  await own.close();
});
