import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, type HostOptions, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { listeningPid } from '../helpers/crash.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeEach(() => {
  person = machine();
});
afterEach(() => person.close());

/** A host of one conversation, which shims of the same id share. */
const conversation = (id: string, environment: Record<string, string> = {}, more: HostOptions = {}): Promise<Host> =>
  host(person, { ...more, environment: { CLAUDE_CODE_SESSION_ID: id, ...environment } });

async function killDaemon(): Promise<void> {
  const pid = listeningPid(person) as number;
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid));
}

test(`${proves('U-02', 'U-01')} of 50 asks at once no more are accepted than the limit, and the others are told why`, async () => {
  const own = await conversation('one', { BRIDGE_MAX_CALLS: '10' });
  const asks = Array.from({ length: 50 }, (_, n) => own.call('ask_codex', { task: `[[say ${n}]]`, background: true }));
  const answers = await Promise.all(asks);
  const refused = answers.filter(({ isError }) => isError);
  expect(refused).toHaveLength(40);
  expect(refused[0]?.text).toMatch(
    /^Refused: this conversation has used 10 of 10 calls\. Only the owner can raise that, with BRIDGE_MAX_CALLS/,
  );
  expect(refused[0]?.meta).toMatchObject({ 'qantara/error': { code: 'budget_exceeded', retryable: false } });
  expect(await person.jobs()).toHaveLength(10);
  // A new shim of the same conversation goes on with it; another conversation has its own.
  const again = await conversation('one', { BRIDGE_MAX_CALLS: '10' });
  expect((await again.call('ask_claude', { task: 'x' })).text).toMatch(/^Refused: /);
  const other = await conversation('two', { BRIDGE_MAX_CALLS: '10' });
  expect((await other.call('ask_claude', { task: '[[say x]]' })).text).toMatch(/^x\n/);
  for (const one of [own, again, other]) await one.close();
});

test(`${proves('U-01', 'U-03')} tokens and cost add up over kill -9 of the daemon and the removal of jobs`, async () => {
  const environment = { BRIDGE_MAX_TOKENS: '1000', BRIDGE_MAX_COST_USD: '0.50' };
  const own = await conversation('one', environment);
  const first = await own.call('ask_claude', { task: '[[spend 400 10 0.2]] [[spend 100 20 0.1]] [[say one]]' });
  expect(first.text).toMatch(/ · 500 tokens in, 30 out · \$0\.3000$/);
  expect((await person.qantara('jobs', 'rm', jobIn(first))).code).toBe(0);
  await killDaemon();
  const second = await own.call('ask_codex', { task: '[[spend 470 0]] [[say two]]' });
  expect(second.text).toMatch(/^two\n\n.* 470 tokens in, 0 out\n/);
  const refused = await own.call('ask_gemini', { task: 'x' });
  expect(refused.text).toMatch(/^Refused: this conversation has used 1000 of 1000 tokens\. .*BRIDGE_MAX_TOKENS/);
  await own.close();
  const dollars = await conversation('two', environment);
  await dollars.call('ask_claude', { task: '[[spend 1 1 0.2]] [[spend 1 1 0.29]] [[say x]]' });
  await dollars.call('ask_claude', { task: '[[spend 1 1 0.02]] [[say x]]' });
  expect((await dollars.call('ask_claude', { task: 'x' })).text).toMatch(
    /^Refused: this conversation has used \$0\.5100 of \$0\.5000\. .*BRIDGE_MAX_COST_USD/,
  );
  await dollars.close();
});

test(`${proves('U-05', 'U-03')} a job that passes its budget is stopped and hands back what it said, also after kill -9`, async () => {
  const own = await conversation('one', { BRIDGE_MAX_TOKENS: '1000' });
  const go = `${person.home}/go`;
  const task = `[[spend 600 10]] [[lines 2]] [[until ${go}]] [[spend 600 10]] [[sleep 60000]]`;
  const id = jobIn(await own.call('ask_claude', { task, background: true }));
  // Told while it runs.
  const so = await until(async () => {
    const { text, meta } = await own.call('check_job', { job_id: id });
    return text.includes(' so far 600 tokens in') && { text, meta };
  });
  expect(so.meta).toMatchObject({ 'qantara/job': { usage: { inputTokens: 600 } } });
  await killDaemon();
  writeFileSync(go, '');
  const answer = await own.call('wait_job', { job_id: id });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(
    /^Claude Code was stopped: this conversation has used 120\d of 1000 tokens\. .*\n\nWhat it said before:\nline 2\n/s,
  );
  expect(answer.text).toMatch(/ · failed · .* 1200 tokens in, /);
  expect(answer.meta).toMatchObject({ 'qantara/job': { errorCode: 'budget_exceeded' } });
  await own.close();
});

test(`${proves('U-08')} Claude Code gets what is left as its own limit, and its stop at that is told as ours`, async () => {
  const own = await conversation('one', { BRIDGE_MAX_COST_USD: '0.5' });
  await own.call('ask_claude', { task: '[[spend 1 1 0.2]] [[say x]]' });
  const answer = await own.call('ask_claude', {
    task: '[[lines 1]] [[spend 1 1 0.25]] [[spend 1 1 0.25]] [[say never]]',
  });
  expect(answer.text).toMatch(
    /^Claude Code was stopped: this conversation has used \$0\.7000 of \$0\.5000\. .*\n\nWhat it said before:\nline 1\n/s,
  );
  await own.close();
  const free = await conversation('two');
  expect((await free.call('ask_claude', { task: '[[args]]' })).text).not.toContain('budget');
  await free.close();
});

test(`${proves('U-04')} what a delegate spends counts for all who delegated to it, whatever it is registered with`, async () => {
  const own = await conversation('one', { BRIDGE_MAX_CALLS: '3', BRIDGE_MAX_DEPTH: '9' });
  // The registration of the middle agents says nothing of a limit; each ask of theirs comes from a new shim.
  const task = '[[ask codex {{ask claude <<say deep>>}}]]';
  expect((await own.call('ask_claude', { task })).text).toMatch(/^deep\n/);
  expect((await own.call('ask_gemini', { task: 'x' })).text).toMatch(
    /^Refused: this conversation has used 3 of 3 calls/,
  );
  const inner = await conversation('two', { BRIDGE_MAX_CALLS: '2' });
  expect((await inner.call('ask_claude', { task })).text).toMatch(/^Refused: this conversation has used 2 of 2 calls/);
  // Without the marker it is the same.
  const stripped = await conversation('three', { BRIDGE_MAX_CALLS: '1' });
  expect((await stripped.call('ask_claude', { task: '[[ask-stripped codex {{say x}}]]' })).text).toMatch(
    /^Refused: this conversation has used 1 of 1 calls/,
  );
  for (const one of [own, inner, stripped]) await one.close();
});

test(`${proves('U-06')} a warning at 80 % rides on one answer of the conversation, not again after a restart`, async () => {
  const own = await conversation('one', { BRIDGE_MAX_CALLS: '5', BRIDGE_MAX_TOKENS: '1000' });
  const ask = async () => (await own.call('ask_codex', { task: '[[spend 100 0]] [[say x]]' })).text;
  for (let n = 0; n < 3; n++) expect(await ask()).not.toContain('notice');
  expect(await ask()).toContain(
    '[qantara] notice: this conversation has used 4 of 5 calls; at the limit asks are refused. The owner sets it with BRIDGE_MAX_CALLS',
  );
  await person.qantara('daemon', 'restart');
  const next = await own.call('ask_codex', { task: '[[spend 450 0]] [[say x]]' });
  expect(next.text).not.toContain('5 calls');
  expect(next.text).toContain('notice: this conversation has used 850 of 1000 tokens');
  expect((await own.call('check_job')).text).not.toContain('notice');
  await own.close();
});

test(`${proves('U-07')} of a resumed session only the new tokens count where the CLI tells those of the whole`, async () => {
  const own = await conversation('one', { BRIDGE_MAX_TOKENS: '1000' });
  const first = await own.call('ask_codex', { task: '[[spend 300 20]] [[say x]]' });
  expect(first.text).toContain('300 tokens in, 20 out');
  // The job goes, the session stays.
  await person.qantara('jobs', 'rm', jobIn(first));
  await killDaemon();
  const second = await own.call('ask_codex', { task: '[[spend 500 30]] [[say x]]', continue_session: true });
  expect(second.text).toContain('500 tokens in, 30 out');
  expect((await own.call('ask_codex', { task: '[[spend 50 5]] [[say x]]', continue_session: true })).text).toContain(
    '50 tokens in, 5 out',
  );
  await own.close();
});
