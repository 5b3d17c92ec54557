import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
let caller: Host;
beforeAll(async () => {
  person = machine();
  caller = await host(person);
});
afterAll(async () => {
  await caller.close();
  await person.close();
});

test.each(['legacy', 'modern'] as const)(
  `${proves('B-03', 'B-06')} a %s host asks and gets answer and footer`,
  async (era) => {
    const own = await host(person, { era });
    const answer = await own.call('ask_codex', { task: '[[say the answer]]' });
    expect(answer.isError).toBe(false);
    expect(answer.text).toMatch(
      /^the answer\n\n\[qantara\] job codex-\d+ · succeeded · .+ · session [0-9a-f-]{36} · 11 tokens in, 7 out$/,
    );
    const claude = await own.call('ask_claude', { task: '[[say hello]]' });
    expect(claude.text).toMatch(/^hello\n\n.* · \$0\.0123$/s);
    const gemini = await own.call('ask_gemini', { task: '[[say salve]]' });
    expect(gemini.text).toMatch(/^salve\n\n/);
    await own.close();
  },
);

test(`${proves('B-04')} the brief reaches the delegate whole, with the advice to ask rather than guess`, async () => {
  const task = 'first line\nsecond line with "quotes", $(date) and `ticks` [[prompt]]';
  expect((await caller.call('ask_codex', { task })).text).toMatch(/^This task comes from another agent/);
  expect((await caller.call('ask_codex', { task })).text).toContain(task);
  const plain = await host(person, { environment: { BRIDGE_CLARIFY: '0' } });
  expect((await plain.call('ask_codex', { task })).text.startsWith(`${task}\n\n[qantara]`)).toBe(true);
  await plain.close();
});

test(`${proves('B-04')} cwd, model, reasoning and thinking reach the command line of the delegate`, async () => {
  const elsewhere = person.project('else where');
  expect((await caller.call('ask_codex', { task: '[[cwd]]', cwd: elsewhere })).text).toContain(`${elsewhere}\n`);
  expect((await caller.call('ask_codex', { task: '[[cwd]]', cwd: '../else where' })).text).toContain(`${elsewhere}\n`);
  const codex = await caller.call('ask_codex', { task: '[[args]]', model: 'gpt-x', reasoning: 'high' });
  expect(codex.text).toContain('gpt-x');
  expect(codex.text).toContain('model_reasoning_effort');
  const claude = await caller.call('ask_claude', { task: '[[args]]', model: 'opus', reasoning: 'low' });
  expect(claude.text).toContain('opus');
  expect(claude.text).toMatch(/--effort[="',]+low/);
  const thinking = await caller.call('ask_claude', { task: '[[env MAX_THINKING_TOKENS]]', thinking: 'think_hard' });
  expect(thinking.text).toMatch(/MAX_THINKING_TOKENS=\d+/);
});

test(`${proves('B-05', 'B-07')} a background job is announced once it ended, until its result was delivered`, async () => {
  const started = await caller.call('ask_codex', { task: '[[sleep 300]] [[say done]]', background: true });
  const id = jobIn(started);
  expect((await caller.call('check_job', { job_id: id })).text).toMatch(/still at it/);
  await until(async () => (await person.jobs()).find((job) => job.id === id)?.state === 'succeeded');
  const other = await caller.call('ask_claude', { task: '[[say else]]' });
  expect(other.text).toMatch(
    new RegExp(
      `\\[qantara\\] notice: background job "${id}" \\(codex\\) finished .+ ago and is unread — call check_job with job_id "${id}"\\.`,
    ),
  );
  const failed = await caller.call('check_job', { job_id: 'codex-999999' });
  expect(failed.text).toContain(`"${id}"`);
  expect((await caller.call('check_job', { job_id: id })).text).toMatch(/^done\n/);
  expect((await caller.call('ask_claude', { task: '[[say else]]' })).text).not.toContain('notice');
});

test('of many unread jobs the oldest are named, and the list has the others', async () => {
  const own = await host(person, { cwd: person.project('many') });
  const ask = async () => jobIn(await own.call('ask_codex', { task: '[[say x]]', background: true }));
  const ids = [await ask(), await ask(), await ask(), await ask(), await ask(), await ask(), await ask()];
  const ended = async () => (await person.jobs()).filter(({ id, state }) => ids.includes(id) && state === 'succeeded');
  await until(async () => (await ended()).length === ids.length);
  const { text } = await own.call('check_job');
  expect(text).toContain('notice: more are unread — call check_job without job_id for the list.');
  expect(text.match(/notice: background job "[^"]+"/g)).toEqual(
    ids.slice(0, 5).map((id) => `notice: background job "${id}"`),
  );
  for (const id of ids) expect(text).toContain(`${id} · succeeded, unread`);
  await own.close();
});

test(`${proves('B-05')} wait_job returns the result, and says still running at its cap`, async () => {
  const impatient = await host(person, { environment: { BRIDGE_WAIT_CAP_MS: '150' } });
  const id = jobIn(await impatient.call('ask_gemini', { task: '[[sleep 900]] [[say slow]]', background: true }));
  const first = await impatient.call('wait_job', { job_id: id });
  expect(first.text).toMatch(/is not done after another .*Call wait_job with job_id/s);
  expect(first.isError).toBe(false);
  expect((await caller.call('wait_job', { job_id: id })).text).toMatch(/^slow\n/);
  await impatient.close();
});

test(`${proves('B-05')} check_job without a job id lists the caller’s jobs, newest first`, async () => {
  const own = await host(person, { cwd: person.project('listed') });
  expect((await own.call('check_job')).text).toBe('You have no jobs yet.');
  const one = jobIn(await own.call('ask_codex', { task: '[[say 1]] first' }));
  const two = jobIn(await own.call('ask_claude', { task: '[[say 2]] second' }));
  const lines = (await own.call('check_job')).text.split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(new RegExp(`^${two} · succeeded · .*second`));
  expect(lines[1]).toMatch(new RegExp(`^${one} · succeeded · .*first`));
  await own.close();
});

test(`${proves('B-05', 'B-12')} cancel_job stops the agent with everything it started`, async () => {
  const id = jobIn(
    await caller.call('ask_codex', { task: '[[grandchild]] [[setsid]] [[sleep 60000]]', background: true }),
  );
  await until(async () => (await person.jobs()).find((job) => job.id === id)?.state === 'running');
  const answer = await caller.call('cancel_job', { job_id: id });
  expect(answer.text).toMatch(new RegExp(`^Job ${id} was cancelled\\.[^]*job ${id} · cancelled`));
  expect(answer.isError).toBe(false);
  expect((await person.jobs()).find((job) => job.id === id)?.state).toBe('cancelled');
});

test(`${proves('B-08')} a long answer is cut with a marker, read on with offset, and whole on disk`, async () => {
  const small = await host(person, { environment: { BRIDGE_MAX_OUTPUT_BYTES: '1001' } });
  const first = await small.call('ask_codex', { task: '[[repeat 2501]]' });
  const id = jobIn(first);
  expect(first.text).toContain(`cut: 1000 of 2501 bytes shown. Read on with check_job, job_id "${id}", offset 1000.`);
  let whole = '';
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const { text } = await small.call('check_job', { job_id: id, offset });
    whole += text.slice(0, text.indexOf('\n\n[qantara]'));
    const next = /offset (\d+)\./.exec(text)?.[1];
    offset = next === undefined ? undefined : Number(next);
  }
  expect(whole).toBe(`${'é'.repeat(1250)}x`);
  expect(readFileSync(join(person.paths.jobs, id, 'answer'), 'utf8')).toBe(whole);
  await small.close();
});

test(`${proves('B-11')} progress tells what the delegate does while it does it, and a flood of it in few words`, async () => {
  const seen: { message: string; progress: number }[] = [];
  const go = join(person.home, 'go');
  const ended = caller.call(
    'ask_codex',
    { task: `[[lines 3]] [[until ${go}]] [[lines 5000]]` },
    { onprogress: ({ progress, message = '' }) => seen.push({ message, progress }) },
  );
  await until(() => /^codex-\d+: answering: line 3 \(.+\)$/.test(seen.at(-1)?.message ?? ''));
  const before = seen.length;
  writeFileSync(go, '');
  await ended;
  expect(seen.length - before).toBeLessThan(200);
  expect(seen.map(({ progress }) => progress)).toEqual(seen.map((_, at) => at + 1));
});

test(`${proves('B-26')} instructions and descriptions stay below what hosts cut at, in a fixed order`, async () => {
  const { tools } = await caller.client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual([
    'ask_claude',
    'ask_codex',
    'ask_gemini',
    'wait_job',
    'check_job',
    'cancel_job',
  ]);
  for (const tool of tools) {
    expect(tool.description?.length).toBeLessThan(2048);
    expect(tool.title).toBeTruthy();
    expect(tool.annotations?.readOnlyHint).toBe(['wait_job', 'check_job'].includes(tool.name));
  }
  expect(caller.client.getInstructions()?.length).toBeLessThan(2048);
});
