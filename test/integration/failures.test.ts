import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Host, host, type Machine, machine } from '../helpers/bridge.ts';
import { proves } from '../promises.ts';

let person: Machine;
let caller: Host;
beforeAll(async () => {
  person = machine({ without: ['gemini'] });
  caller = await host(person);
});
afterAll(async () => {
  await caller.close();
  await person.close();
});

const refusals: [string, string, Record<string, unknown>, RegExp][] = [
  ['an empty task', 'ask_codex', { task: '' }, /^ask_codex: "task" is empty\./],
  ['a blank task', 'ask_codex', { task: ' \n' }, /^ask_codex: "task" is empty\. Write the complete brief/],
  ['a missing task', 'ask_codex', {}, /^ask_codex: the parameter "task" is missing\./],
  ['an unknown parameter', 'ask_codex', { task: 'x', prompt: 'y' }, /unknown parameter "prompt"\. It takes: task, cwd/],
  [
    'a wrong type',
    'ask_codex',
    { task: 'x', background: 'yes' },
    /"background" is "yes", which is not of type boolean/,
  ],
  ['a task that is no text', 'ask_codex', { task: 7 }, /"task" is 7, which is not of type string/],
  ['a bad choice', 'ask_codex', { task: 'x', reasoning: 'max' }, /"reasoning" is "max"; allowed: low, medium, high/],
  ['a setting the agent lacks', 'ask_codex', { task: 'x', thinking: 'think' }, /Codex has no thinking setting/],
  [
    'a model that looks like a flag',
    'ask_codex',
    { task: 'x', model: '--yolo' },
    /"model" is "--yolo", which is not a model/,
  ],
  ['a session that looks like a flag', 'ask_codex', { task: 'x', session_id: '--last' }, /"session_id" is "--last"/],
  ['a NUL in the task', 'ask_codex', { task: 'a\0b' }, /"task" contains a NUL/],
  ['a missing directory', 'ask_codex', { task: 'x', cwd: '/no/such' }, /directory "\/no\/such" does not exist/],
  ['a file as directory', 'ask_codex', { task: 'x', cwd: '/etc/passwd' }, /is not a directory/],
  ['an unknown job', 'wait_job', { job_id: 'codex-999' }, /^There is no job "codex-999"\. List your jobs/],
  ['a job id that is none', 'cancel_job', { job_id: '../x' }, /^There is no job "\.\.\/x"/],
  ['an offset below zero', 'check_job', { job_id: 'codex-1', offset: -1 }, /"offset" is -1/],
  [
    'a CLI that is not installed',
    'ask_gemini',
    { task: 'x' },
    /^Gemini CLI is not installed: no executable "gemini" on the PATH .*Install it with `npm/,
  ],
];
test.each(refusals)(
  `${proves('B-19', 'P-32')} %s is refused by name, with the remedy`,
  async (_what, tool, given, words) => {
    const answer = await caller.call(tool, given);
    expect(answer.text).toMatch(words);
    expect(answer.isError).toBe(true);
    expect(answer.text).not.toMatch(/\n\s+at /);
  },
);

test(`${proves('B-19')} the state folder is no place to work in`, async () => {
  const answer = await caller.call('ask_codex', { task: 'x', cwd: join(person.paths.home, 'jobs') });
  expect(answer.text).toMatch(/is the state folder of qantara; pass another one/);
  expect(answer.isError).toBe(true);
});

test(`${proves('B-19')} an unknown tool is a result as well`, async () => {
  const answer = await caller.call('ask_nobody', { task: 'x' });
  expect(answer.text).toMatch(/^There is no tool "ask_nobody"\. Tools: ask_claude, /);
  expect(answer.isError).toBe(true);
});

test(`${proves('B-19', 'B-20')} an error of the agent is told in its own words, also when it exits 0`, async () => {
  for (const agent of ['codex', 'claude']) {
    const answer = await caller.call(`ask_${agent}`, { task: '[[fail the model is on fire]] [[exit 0]]' });
    expect(answer.isError).toBe(true);
    expect(answer.text).toMatch(/ failed: the model is on fire .*\[qantara\] job .* · failed/s);
  }
});

test(`${proves('B-20')} an agent that ends without a result has not succeeded, whatever its exit code`, async () => {
  const answer = await caller.call('ask_codex', { task: '[[lines 1]] [[silent]] [[exit 0]]' });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(/^Codex ended without a result \(exit code 0\).*What it said before:\nline 1/s);
});

test(`${proves('P-04')} what cannot be known is lost`, async () => {
  const answer = await caller.call('ask_codex', { task: '[[lines 1]] [[kill-supervisor]] [[signal KILL]]' });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(/^It cannot be known how the Codex job ended: .*· lost/s);
  // An agent that outlives its supervisor says itself how it ended.
  const alone = await caller.call('ask_codex', { task: '[[kill-supervisor]] [[sleep 400]] [[say alone]]' });
  expect(alone.text).toMatch(/^alone\n.*· succeeded/s);
});

test(`${proves('P-12')} a CLI that disappears between two asks is told the same way`, async () => {
  const own = machine();
  const gone = await host(own);
  expect((await gone.call('ask_codex', { task: '[[say x]]' })).isError).toBe(false);
  rmSync(join(own.home, 'bin/codex'));
  expect((await gone.call('ask_codex', { task: '[[say x]]' })).text).toMatch(/^Codex is not installed/);
  await gone.close();
  await own.close();
});

test(`${proves('B-14')} a policy value that does not parse is refused by name, in words the host shows`, async () => {
  const wrong = await host(person, { environment: { BRIDGE_TIMEOUT_MS: 'soon' } });
  const words = /BRIDGE_TIMEOUT_MS is "soon", which is not a whole number of milliseconds from 1 up\./;
  expect(wrong.client.getInstructions()).toMatch(words);
  const answer = await wrong.call('ask_codex', { task: 'x' });
  expect(answer.text).toMatch(words);
  expect(answer.isError).toBe(true);
  await wrong.close();
});

test(`${proves('B-13')} an agent that is not offered is neither listed nor asked`, async () => {
  const own = await host(person, { environment: { BRIDGE_EXPOSE: 'codex' } });
  const names = (await own.client.listTools()).tools.map((tool) => tool.name);
  expect(names).toEqual(['ask_codex', 'wait_job', 'check_job', 'cancel_job']);
  const answer = await own.call('ask_claude', { task: 'x' });
  expect(answer.text).toMatch(/^The agent "claude" is not offered to this host\. Offered: codex\./);
  await own.close();
});
