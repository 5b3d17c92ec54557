import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { listeningPid } from '../helpers/crash.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(() => {
  person = machine();
});
afterAll(() => person.close());

/** A host of one conversation, which shims of the same id share, in a workspace of its own. Closed with the test. */
async function conversation(id: string, environment: Record<string, string> = {}, on = person): Promise<Host> {
  const own = await host(on, { cwd: on.project(id), environment: { CLAUDE_CODE_SESSION_ID: id, ...environment } });
  onTestFinished(() => own.close());
  return own;
}

/** A machine with that config.toml. */
function configured(toml: string): Machine {
  const small = machine();
  mkdirSync(small.paths.home, { mode: 0o700 });
  writeFileSync(small.paths.config, toml);
  onTestFinished(() => small.close());
  return small;
}

async function killDaemon(): Promise<void> {
  const pid = listeningPid(person) as number;
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid));
}

test(`${proves('U-02', 'U-01')} of 50 asks at once no more are accepted than the limit, and the others are told why`, async () => {
  const own = await conversation('one 1', { BRIDGE_MAX_CALLS: '10' });
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
  const again = await conversation('one 1', { BRIDGE_MAX_CALLS: '10' });
  expect((await again.call('ask_claude', { task: 'x' })).text).toMatch(/^Refused: /);
  const other = await conversation('two 1', { BRIDGE_MAX_CALLS: '10' });
  expect((await other.call('ask_claude', { task: '[[say x]]' })).text).toMatch(/^x\n/);
});

test(`${proves('U-01', 'U-03')} tokens and cost add up over kill -9 of the daemon and the removal of jobs`, async () => {
  const environment = { BRIDGE_MAX_TOKENS: '1000', BRIDGE_MAX_COST_USD: '0.50' };
  const own = await conversation('one 2', environment);
  const first = await own.call('ask_claude', { task: '[[spend 400 10 0.2]] [[spend 100 20 0.1]] [[say one]]' });
  expect(first.text).toMatch(/ · 500 tokens in, 30 out · \$0\.3000$/);
  expect((await person.qantara('jobs', 'rm', jobIn(first))).code).toBe(0);
  await killDaemon();
  const second = await own.call('ask_codex', { task: '[[spend 470 0]] [[say two]]' });
  expect(second.text).toMatch(/^two\n\n.* 470 tokens in, 0 out\n/);
  const refused = await own.call('ask_gemini', { task: 'x' });
  expect(refused.text).toMatch(/^Refused: this conversation has used 1000 of 1000 tokens\. .*BRIDGE_MAX_TOKENS/);
  const dollars = await conversation('two 2', environment);
  await dollars.call('ask_claude', { task: '[[spend 1 1 0.2]] [[spend 1 1 0.29]] [[say x]]' });
  await dollars.call('ask_claude', { task: '[[spend 1 1 0.02]] [[say x]]' });
  expect((await dollars.call('ask_claude', { task: 'x' })).text).toMatch(
    /^Refused: this conversation has used \$0\.5100 of \$0\.5000\. .*BRIDGE_MAX_COST_USD/,
  );
});

test(`${proves('U-05', 'U-03')} a job that passes its budget is stopped and hands back what it said, also after kill -9`, async () => {
  const own = await conversation('one 3', { BRIDGE_MAX_TOKENS: '1000' });
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
});

test(`${proves('U-08')} Claude Code gets what is left as its own limit, and its stop at that is told as ours`, async () => {
  const own = await conversation('one 4', { BRIDGE_MAX_COST_USD: '0.5' });
  await own.call('ask_claude', { task: '[[spend 1 1 0.2]] [[say x]]' });
  const answer = await own.call('ask_claude', {
    task: '[[lines 1]] [[spend 1 1 0.25]] [[spend 1 1 0.25]] [[say never]]',
  });
  expect(answer.text).toMatch(
    /^Claude Code was stopped: this conversation has used \$0\.7000 of \$0\.5000\. .*\n\nWhat it said before:\nline 1\n/s,
  );
  const free = await conversation('two 4');
  expect((await free.call('ask_claude', { task: '[[args]]' })).text).not.toContain('budget');
});

test(`${proves('U-04')} what a delegate spends counts for all who delegated to it, whatever it is registered with`, async () => {
  const own = await conversation('one 5', { BRIDGE_MAX_CALLS: '3', BRIDGE_MAX_DEPTH: '9' });
  // The registration of the middle agents says nothing of a limit; each ask of theirs comes from a new shim.
  const task = '[[ask codex {{ask claude <<say deep>>}}]]';
  expect((await own.call('ask_claude', { task })).text).toMatch(/^deep\n/);
  expect((await own.call('ask_gemini', { task: 'x' })).text).toMatch(
    /^Refused: this conversation has used 3 of 3 calls/,
  );
  const inner = await conversation('two 5', { BRIDGE_MAX_CALLS: '2' });
  expect((await inner.call('ask_claude', { task })).text).toMatch(/^Refused: this conversation has used 2 of 2 calls/);
  // Without the marker it is the same.
  const stripped = await conversation('three 5', { BRIDGE_MAX_CALLS: '1' });
  expect((await stripped.call('ask_claude', { task: '[[ask-stripped codex {{say x}}]]' })).text).toMatch(
    /^Refused: this conversation has used 1 of 1 calls/,
  );
});

test(`${proves('U-06')} a warning at 80 % rides on one answer of the conversation, not again after a restart`, async () => {
  const own = await conversation('one 6', { BRIDGE_MAX_CALLS: '5', BRIDGE_MAX_TOKENS: '1000' });
  const ask = async () => (await own.call('ask_codex', { task: '[[spend 100 0]] [[say x]]' })).text;
  for (let n = 0; n < 3; n++) expect(await ask()).not.toContain('notice');
  expect(await ask()).toContain(
    '[qantara] notice: this conversation has used 4 of 5 calls; at the limit asks are refused. The owner sets it with BRIDGE_MAX_CALLS in the environment of the host’s registration.',
  );
  await person.qantara('daemon', 'restart');
  const next = await own.call('ask_codex', { task: '[[spend 450 0]] [[say x]]' });
  expect(next.text).not.toContain('5 calls');
  expect(next.text).toContain('notice: this conversation has used 850 of 1000 tokens');
  expect((await own.call('check_job')).text).not.toContain('notice');
});

test(`${proves('U-07')} of a resumed session only the new tokens count where the CLI tells those of the whole`, async () => {
  const own = await conversation('one 7', { BRIDGE_MAX_TOKENS: '1000' });
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
});

test(`${proves('U-10', 'U-04')} the limits of a delegation tree, of a day and of a delegate’s own host hold, whatever is removed`, async () => {
  const small = configured('[hosts.codex]\nmax_calls = 1\n[limits]\nmax_calls_per_tree = 3\nmax_calls_per_day = 7\n');
  const own = await conversation('tree', {}, small);
  const inner = '[[ask codex {{ask claude <<say a>>}} {{ask claude <<say b>>}}]]';
  expect((await own.call('ask_claude', { task: inner })).text).toMatch(
    /^Refused: what codex-2 delegated has used 1 of 1 calls\. .* max_calls in \[hosts\.codex\] of .*config\.toml\./,
  );
  const wide = '[[ask gemini {{say 1}}]] [[ask gemini {{say 2}}]] [[ask gemini {{say 3}}]]';
  expect((await own.call('ask_claude', { task: wide })).text).toMatch(
    /^Refused: the delegation that claude-4 began has used 3 of 3 calls\. .* max_calls_per_tree in \[limits\]/,
  );
  const other = await host(small, { name: 'gemini' });
  const last = await other.call('ask_codex', { task: '[[say x]]' });
  expect(last.text).toContain('notice: all asks of today have used 7 of 7 calls');
  await other.close();
  for (const job of await small.jobs()) await small.qantara('jobs', 'rm', job.id);
  await small.qantara('daemon', 'restart');
  expect((await own.call('ask_codex', { task: 'x' })).text).toMatch(
    /^Refused: all asks of today have used 7 of 7 calls\. .* max_calls_per_day in \[limits\] of config\.toml, or wait for tomorrow/,
  );
});

test(`${proves('U-10')} no more jobs of a host or a tree run at once than its limit, the others queue`, async () => {
  const small = configured('[limits]\nmax_running_per_host = 2\nmax_running_per_tree = 1\n');
  const go = `${small.home}/go`;
  const own = await conversation('one 9', {}, small);
  // Its children run one after the other, and count for the host that the person talks to.
  const tree = own.call('ask_claude', {
    task: `[[ask-background codex {{until ${go}}}]] [[ask-background codex {{until ${go}}}]] [[ask gemini {{say x}}]]`,
  });
  await until(() => small.runs().length === 2);
  const mine = [1, 2].map((n) => own.call('ask_gemini', { task: `[[until ${go}]] [[say ${n}]]` }));
  const other = await host(small, { name: 'codex' });
  const theirs = other.call('ask_gemini', { task: `[[until ${go}]] [[say other]]` });
  await until(async () => (await small.jobs()).length === 7);
  await until(() => small.runs().length === 4);
  const running = (await small.jobs()).filter(({ state }) => state === 'running').map(({ id }) => id);
  expect(running.sort()).toEqual([
    'claude-1',
    'codex-2',
    expect.stringMatching(/^gemini/),
    expect.stringMatching(/^gemini/),
  ]);
  writeFileSync(go, '');
  for (const answer of [tree, ...mine, theirs]) expect((await answer).isError).toBe(false);
});

test(`${proves('U-09')} the cost of a CLI that tells none is shown, marked and counted by the owner’s prices`, async () => {
  const small = configured(
    '[limits]\nmax_running = 1\n[prices.codex]\ninput = 1\noutput = 10\n[prices."gpt-5"]\ninput = 1000\noutput = 0\ncached = 0\n',
  );
  const own = await conversation('one 10', { BRIDGE_MAX_COST_USD: '0.5' }, small);
  const cheap = await own.call('ask_codex', { task: '[[spend 10000 1000]] [[say x]]' });
  expect(cheap.text).toMatch(/ · 10000 tokens in, 1000 out · ~\$0\.0200$/);
  expect(cheap.meta).toMatchObject({ 'qantara/job': { usage: { costUsd: 0.02, estimated: true } } });
  const dear = await own.call('ask_codex', { task: '[[spend 500 1]] [[say x]]', model: 'gpt-5' });
  expect(dear.text).toContain('~$0.5000');
  expect((await own.call('ask_codex', { task: 'x' })).text).toMatch(
    /^Refused: this conversation has used \$0\.5200 of \$0\.5000/,
  );
  // What queued while others used it up does not start.
  const queue = await conversation('queue', { BRIDGE_MAX_TOKENS: '100' }, small);
  const go = `${small.home}/go`;
  const before = small.runs().length;
  const tasks = [`[[until ${go}]] [[spend 150 0]] [[say x]]`, 'x'];
  const [first = '', second = ''] = await Promise.all(
    tasks.map(async (task) => jobIn(await queue.call('ask_codex', { task, background: true }))),
  );
  writeFileSync(go, '');
  expect((await queue.call('wait_job', { job_id: first })).text).toMatch(/^x\n/);
  expect((await queue.call('wait_job', { job_id: second })).text).toMatch(
    /^Not started: this conversation has used 150 of 100 tokens\./,
  );
  expect(small.runs()).toHaveLength(before + 1);
  const plain = await conversation('two 10', {}, small);
  expect((await plain.call('ask_gemini', { task: '[[say x]]' })).text).not.toContain('$');
});
