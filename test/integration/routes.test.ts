import { readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobDetail, JobNews, JobRow } from '../../shared/wire.ts';
import { type Machine, machine } from '../helpers/bridge.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(async () => {
  person = machine();
  await person.qantara('daemon', 'start');
});
afterAll(() => person.close());

function open(method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const asked = request({ socketPath: person.paths.socket, method, path, headers, agent: false }, resolve);
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
async function send<T>(method: string, path: string, body?: unknown): Promise<{ status?: number; body: T }> {
  const answer = await open(method, path, body);
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode, body: JSON.parse(text) as T };
}

let asks = 0;
const ask = async (agent: string, task: string, more: object = {}, key = `test-key-${asks++}`) =>
  send<JobRow>('POST', '/asks', {
    key,
    agent,
    arguments: { task, ...more },
    caller: { pid: process.pid, cwd: person.project(), environment: person.environment },
  });
const ended = async (id: string) => (await send<JobRow>('GET', `/jobs/${id}/wait`)).body;

test('an ask from a terminal is a job like any other, and the same key never makes a second one', async () => {
  const first = await ask('codex', '[[say hello]]', {}, 'one-and-the-same');
  const again = await ask('codex', '[[say hello]]', {}, 'one-and-the-same');
  expect(again.body.id).toBe(first.body.id);
  expect(await ended(first.body.id)).toMatchObject({ state: 'succeeded', host: 'terminal', background: false });
  const shown = (await send<JobDetail>('GET', `/jobs/${first.body.id}`)).body;
  expect(shown).toMatchObject({ answerBytes: 5, exitCode: 0, depth: 1, activity: null, children: [], files: [] });
  expect(shown.policy).toContainEqual({ name: 'sandbox', value: 'workspace-write', origin: 'default' });
  expect(shown.policy.some(({ name }) => name === 'claude_permission')).toBe(false);
});

test('a bad ask is refused by the same checks that hosts meet', async () => {
  expect(await ask('cod', 'x')).toMatchObject({ status: 409, body: { code: 'unknown_agent' } });
  expect(await ask('codex', ' ')).toMatchObject({ status: 409, body: { code: 'bad_parameter' } });
  expect(await ask('gemini', 'x', { thinking: 'think' })).toMatchObject({
    status: 409,
    body: { code: 'bad_parameter' },
  });
  expect(await ask('codex', 'x', { cwd: '/nowhere' })).toMatchObject({ status: 409, body: { code: 'bad_parameter' } });
});

test(`${proves('A-01')} a follower gets what an agent does while it does it, then its end`, async () => {
  const go = join(person.home, 'go');
  const { id } = (await ask('codex', `[[lines 2]] [[until ${go}]] [[say done]]`)).body;
  const news: JobNews[] = [];
  const stream = await open('GET', `/jobs/${id}/events?follow=true`);
  let rest = '';
  stream.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) news.push(JSON.parse(line) as JobNews);
  });
  await until(() => JSON.stringify(news).includes('line 2'));
  expect(JSON.stringify(news)).not.toContain('"text":"done"');
  writeFileSync(go, '');
  await new Promise((resolve) => stream.on('end', resolve));
  const states = news.flatMap((one) => ('job' in one ? [one.job.state] : []));
  expect(states.at(-1)).toBe('succeeded');
  const events = news.flatMap((one) => ('event' in one ? [one] : []));
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
  const later = await open('GET', `/jobs/${id}/events?after=${events.length - 1}`);
  let text = '';
  for await (const chunk of later) text += chunk;
  expect(text.trim().split('\n')).toHaveLength(2);
});

test(`${proves('A-02')} a follower that stops reading costs the daemon no memory`, { timeout: 40_000 }, async () => {
  const { id } = (await ask('codex', '[[lines 60000]] [[say done]]')).body;
  await until(async () => (await ended(id)).endedAt, { timeoutMs: 30_000 });
  const { pid } = (await person.status()) ?? {};
  const peak = () => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const streams: IncomingMessage[] = [];
  const before = peak();
  for (let at = 0; at < 20; at++) streams.push((await open('GET', `/jobs/${id}/events`)).pause());
  await person.jobs();
  // 20 times the whole of it would be 100 MB and more.
  expect(peak() - before).toBeLessThan(40 * 1024);
  for (const stream of streams) stream.destroy();
});

test(`${proves('A-03')} a job is named by its id, its number, how its id begins, or how long ago it was`, async () => {
  const { id } = (await ask('gemini', '[[say x]]')).body;
  await ended(id);
  const number = id.split('-')[1];
  for (const name of [id, number, 'gem', 'gemini-', '-1']) {
    expect((await send<JobDetail>('GET', `/jobs/${name}`)).body.id).toBe(id);
  }
  const { body } = await send<{ code: string; data: { candidates: string } }>('GET', '/jobs/codex');
  expect(body.code).toBe('ambiguous_job');
  expect(body.data.candidates).toMatch(/^codex-\d+, codex-\d+/);
  for (const name of ['codex-9999', '-99', '0', '../x', '%']) {
    expect((await send<{ code: string }>('GET', `/jobs/${encodeURIComponent(name)}`)).body.code).toBe('unknown_job');
  }
});

test(`${proves('A-03')} what looks like a whole id is never taken for the beginning of another one's by cancel and rm`, async () => {
  const ids = (await send<JobRow[]>('GET', '/jobs?limit=500')).body.map(({ id }) => id);
  // Enough of them that one id begins with another.
  while (!ids.includes('codex-10')) ids.push((await ask('codex', '[[say x]]')).body.id);
  for (const id of ids) await ended(id);
  await send('DELETE', '/jobs/codex-1');
  expect((await send<JobDetail>('GET', '/jobs/codex-1')).status).toBe(200);
  expect((await send<{ code: string }>('DELETE', '/jobs/codex-1')).body.code).toBe('unknown_job');
  expect((await send<{ code: string }>('POST', '/jobs/codex-1/cancel')).body.code).toBe('unknown_job');
  expect((await send<JobDetail>('GET', '/jobs/codex-10')).body.id).toBe('codex-10');
});

test('filters and pages', async () => {
  const list = async (query: string) => (await send<JobRow[]>('GET', `/jobs?${query}`)).body;
  const all = await list('limit=500');
  expect((await list('agent=gemini')).every(({ agent }) => agent === 'gemini')).toBe(true);
  expect(await list('state=failed&state=lost')).toEqual([]);
  expect(await list('host=claude')).toEqual([]);
  expect(await list(`cwd=${person.home}`)).toHaveLength(Math.min(50, all.length));
  expect(await list(`cwd=${person.project().slice(0, -1)}`)).toEqual([]);
  expect(await list(`since=${Date.now() + 1000}`)).toEqual([]);
  const page = await list('limit=2');
  expect([...page, ...(await list(`limit=500&before=${page[1]?.id}`))]).toEqual(all);
  expect((await send('GET', '/jobs?state=gone')).status).toBe(400);
});

test('prune says what it would remove, and removes it', async () => {
  const { body: dry } = await send<{ jobs: string[] }>('POST', '/jobs/prune', {
    endedBefore: Date.now(),
    dryRun: true,
  });
  expect(dry.jobs.length).toBeGreaterThan(3);
  const { body } = await send<{ jobs: string[] }>('POST', '/jobs/prune', { endedBefore: Date.now() });
  expect(body.jobs).toEqual(dry.jobs);
  expect((await send<JobRow[]>('GET', '/jobs')).body).toEqual([]);
});
