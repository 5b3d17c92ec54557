import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { width } from '../../shim/terminal.ts';
import { type Machine, machine } from '../helpers/bridge.ts';
import { frames, terminal } from '../helpers/terminal.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
beforeAll(() => {
  person = machine();
});
afterAll(() => person.close());

const program = join(import.meta.dirname, '../../dist/qantara.js');
const control = /[\p{Cc}--[\n\t]]/v;

/** `qantara` with pipes, as a script starts it. */
function start(args: string[], { stdin = '', cwd = person.project() } = {}) {
  const child = spawn(process.execPath, [program, ...args], { env: person.environment, cwd });
  child.stdin.end(stdin);
  const seen = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => (seen.out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk) => (seen.err += chunk));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...seen })),
  );
  return { child, seen, ended };
}
const qantara = (args: string[], more?: Parameters<typeof start>[1]) => start(args, more).ended;
const latest = async () => (await person.jobs())[0];
const hex = (text: string) => Buffer.from(text).toString('hex');
const saying = (text: string) =>
  `[[bytes ${hex(`${JSON.stringify({ type: 'item.completed', item: { type: 'agent_message', text } })}\n`)}]]` +
  `[[bytes ${hex(`${JSON.stringify({ type: 'turn.completed', usage: {} })}\n`)}]] [[silent]]`;

test(`${proves('A-04')} the answer is on stdout alone, what it does on stderr, line by line and without control characters`, async () => {
  const { code, out, err } = await qantara(['ask', 'codex', '[[lines 2]] [[say hello]]']);
  expect([code, out]).toEqual([0, 'hello\n']);
  expect(err).toMatch(/^\[qantara\] codex-1 running\n\[session\] .*\n\[message\] line 1\n\[message\] line 2\n/);
  expect(err).toMatch(/\n\[qantara\] codex-1 · succeeded · .* · session \S+ · 11 tokens in, 7 out\n$/);
  expect(err).not.toMatch(control);
  expect(await qantara(['ask', 'codex', '[[say hello]]', '--quiet'])).toEqual({ code: 0, out: 'hello\n', err: '' });
});

test(`${proves('A-04')} the brief comes from an argument, a file or stdin, and bad input is refused in words`, async () => {
  const file = join(person.project(), 'brief.md');
  writeFileSync(file, '[[say from a file]]');
  expect((await qantara(['ask', 'gemini', '-q', '-f', 'brief.md'])).out).toBe('from a file\n');
  expect((await qantara(['ask', 'gemini', '-q'], { stdin: '[[say from stdin]]' })).out).toBe('from stdin\n');
  expect((await qantara(['ask', 'gemini', '-q', '-'], { stdin: '[[say dash]]' })).out).toBe('dash\n');
  for (const [args, words] of [
    [['ask', 'cod', 'x'], /no agent "cod"\. Agents: claude, codex, gemini/],
    [['ask', 'codex', 'x', '-f', 'brief.md'], /the task is given twice/],
    [['ask', 'codex', '-f', 'gone.md'], /the task cannot be read: .*gone\.md/],
    [['ask', 'codex', ''], /"task" is empty/],
    [['ask', 'codex', 'x', '--cwd', 'gone'], /the directory ".*gone" does not exist/],
    [['ask', 'codex', 'x', '--model', '--yolo'], /"--yolo", which is not a model name/],
    [['ask', 'gemini', 'x', '--thinking', 'think'], /Gemini CLI has no thinking setting/],
    [['ask', 'codex', 'x', '--session', '../x'], /not a session id/],
    [['ask', 'codex', 'x', '--timeout', 'soon'], /must be a duration/],
  ] as const) {
    const { code, out, err } = await qantara([...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(words);
  }
});

test(`${proves('A-05')} exit codes tell how it ended: failed 1, timed out 3, cancelled 4`, async () => {
  const failed = await qantara(['ask', 'claude', '[[fail it broke]] [[exit 3]]']);
  expect([failed.code, failed.out]).toEqual([1, '']);
  expect(failed.err).toContain('qantara: Claude Code failed: it broke');
  const late = await qantara(['ask', 'codex', '[[sleep 60000]]', '--timeout', '300ms']);
  expect([late.code, late.out]).toEqual([3, '']);
  expect(late.err).toContain('with --timeout');
  const other = start(['ask', 'codex', '[[sleep 60000]]']);
  const id = await until(() => /codex-\d+(?= running)/.exec(other.seen.err)?.[0]);
  expect((await person.qantara('jobs', 'cancel', id)).stdout).toBe(`${id} cancelled\n`);
  expect((await other.ended).code).toBe(4);
});

test(`${proves('A-06')} --continue goes on in this directory over invocations, and in no other`, async () => {
  const cwd = person.project('talk');
  const first = JSON.parse((await qantara(['ask', 'claude', '--json', '[[say one]]'], { cwd })).out);
  const next = JSON.parse((await qantara(['ask', 'claude', '-c', '--json', '[[say two]]'], { cwd })).out);
  expect(next).toMatchObject({ sessionId: first.sessionId, answer: 'two', state: 'succeeded', host: 'terminal' });
  const elsewhere = await qantara(['ask', 'claude', '-c', 'x'], { cwd: person.project('other') });
  expect([elsewhere.code, elsewhere.err]).toEqual([1, expect.stringContaining('no earlier Claude Code session')]);
});

test(`${proves('A-04')} --background prints the id, and wait, show and logs take it from there`, async () => {
  const { code, out } = await qantara(['ask', 'codex', '--background', '[[sleep 300]] [[say later]]']);
  const id = out.trim();
  expect([code, id]).toEqual([0, expect.stringMatching(/^codex-\d+$/)]);
  expect(await person.qantara('jobs', 'wait', id)).toMatchObject({ code: 0, stdout: `${id} succeeded\n` });
  const shown = (await person.qantara('jobs', 'show', id)).stdout;
  expect(shown).toMatch(/^job {6}codex-\d+\nstate {4}succeeded, exit code 0\n.*\nread {5}not yet\n/s);
  expect(shown).toMatch(/\npolicy {3}expose = .* \(default\)\n.*\nAnswer\nlater\n$/s);
  expect((await person.qantara('jobs', 'show', id)).stdout).not.toContain('not yet');
  expect((await person.qantara('jobs', 'logs', id)).stdout).toMatch(/ message {3}later\n.* ended {5}codex-/s);
});

test(`${proves('A-01')} jobs logs -f shows what an agent does while it does it`, async () => {
  const go = join(person.home, 'go-logs');
  const id = (await qantara(['ask', 'codex', '-b', `[[lines 2]] [[until ${go}]] [[say over]]`])).out.trim();
  const logs = start(['jobs', 'logs', '-f', id]);
  const raw = start(['jobs', 'logs', '-f', '--raw', id]);
  await until(() => logs.seen.out.includes('line 2') && raw.seen.out.includes('line 2'));
  expect(logs.seen.out + raw.seen.out).not.toContain('over');
  writeFileSync(go, '');
  expect((await logs.ended).out).toMatch(/ message {3}over\n.*succeeded/s);
  expect((await raw.ended).out).toBe(readFileSync(join(person.paths.jobs, id, 'out'), 'utf8'));
});

test(`${proves('A-07')} a daemon that is killed meanwhile is started again, and nothing runs twice`, async () => {
  const go = join(person.home, 'go-on');
  const before = person.runs().length;
  const asking = start(['ask', 'codex', `[[lines 1]] [[until ${go}]] [[say survived]]`]);
  await until(() => asking.seen.err.includes('line 1'));
  const { pid = 0 } = (await person.status()) ?? {};
  process.kill(pid, 'SIGKILL');
  await until(async () => (await person.status())?.pid !== pid && (await person.status()) !== undefined);
  writeFileSync(go, '');
  const { code, out, err } = await asking.ended;
  expect([code, out]).toEqual([0, 'survived\n']);
  expect(err.match(/line 1/g)).toHaveLength(1);
  expect(person.runs().length - before).toBe(1);
});

test.each(['run', 'run-stripped'])(
  `${proves('A-08')} qantara ask inside a job is part of it, with its limits (%s)`,
  async (verb) => {
    const { out } = await qantara(['ask', 'codex', '-q', `[[${verb} gemini {{say inner}}]]`]);
    expect(out).toMatch(/inner\n.*exit 0\n$/s);
    const [inner, outer] = await person.jobs();
    expect([inner?.agent, inner?.parent]).toEqual(['gemini', outer?.id]);
    const tree = (await person.qantara('jobs', 'ls', '--tree', '--limit', '2')).stdout;
    expect(tree).toMatch(new RegExp(`\n${outer?.id} .*\n└ ${inner?.id} `));
  },
);

const hostile = 'a\u001b]0;evil\u0007b\u001b[2J\u009bx\r\u202ec\n\tlast é漢😀';
const harmless = 'a�]0;evil�b�[2J�x��c\n\tlast é漢😀';

test(`${proves('A-09')} what an agent says reaches a pipe without control characters, and exactly where asked for`, async () => {
  const { out, err } = await qantara(['ask', 'codex', saying(hostile)]);
  expect(out).toBe(`${harmless}\n`);
  expect(err).not.toMatch(control);
  expect((await qantara(['ask', 'codex', '--raw', saying(hostile)])).out).toBe(hostile);
  expect(JSON.parse((await qantara(['ask', 'codex', '--json', saying(hostile)])).out).answer).toBe(hostile);
  for (const verb of [['show'], ['logs']]) {
    expect((await person.qantara('jobs', ...verb, '-1')).stdout).not.toMatch(control);
  }
});

test.each([40, 200])(`${proves('A-09', 'A-10')} hostile words in a terminal of %i columns`, async (columns) => {
  const go = join(person.home, `go-${columns}`);
  const begin = `[[bytes ${hex(`${JSON.stringify({ type: 'item.completed', item: { type: 'agent_message', text: `漢字漢字漢字漢字漢字漢字漢字${hostile}` } })}\n`)}]]`;
  const { output, sees, ended } = terminal(person, ['ask', 'codex', `${begin} [[until ${go}]] ${saying(hostile)}`], {
    columns,
  });
  await sees(/answering/);
  writeFileSync(go, '');
  expect(await ended).toBe(0);
  const lines = frames(output());
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines.filter((one) => one.includes('codex-') && !one.includes('session')))
    expect(width(line)).toBeLessThan(columns);
  // All that is left are the spinner's own marks.
  const own = output().replaceAll('\r\u001b[2K', '').replaceAll('\r\n', '\n');
  expect(own).not.toMatch(control);
  expect(own).toContain(harmless);
});

test(`${proves('A-10')} a terminal shows job, phase, last action and elapsed time on one line that goes away`, async () => {
  const go = join(person.home, 'go-line');
  const { output, sees, ended } = terminal(person, ['ask', 'codex', `[[lines 2]] [[until ${go}]] [[say done]]`]);
  await sees(/⠋|⠙|⠹|⠸|⠼|⠴|⠦|⠧|⠇|⠏/);
  await sees(/codex-\d+ answering: line 2 \((<1s|\ds)\)/);
  await sees(/\(1s\)/);
  writeFileSync(go, '');
  expect(await ended).toBe(0);
  const [, last] = output().split('\r\u001b[2Kdone\r\n');
  expect(last).toMatch(/^\[qantara\] codex-\d+ · succeeded/);
});

test(`${proves('A-11')} Ctrl-C says what a second one does, and the second one cancels`, async () => {
  const { sees, type, ended } = terminal(person, ['ask', 'codex', '[[lines 1]] [[sleep 60000]]']);
  await sees(/line 1/);
  type('\u0003');
  await sees(/codex-\d+ goes on\. Ctrl-C again cancels it/);
  expect((await latest())?.state).toBe('running');
  type('\u0003');
  await sees(/Cancelling codex-\d+/);
  expect(await ended).toBe(4);
  expect((await latest())?.state).toBe('cancelled');
});

test(`${proves('A-11')} whoever ends it otherwise leaves the job running`, async () => {
  const asking = start(['ask', 'codex', '[[lines 1]] [[sleep 60000]]']);
  await until(() => asking.seen.err.includes('line 1'));
  asking.child.kill('SIGTERM');
  expect((await asking.ended).code).toBe(143);
  expect(await latest()).toMatchObject({ state: 'running' });
  expect((await person.qantara('jobs', 'cancel', '-1')).stdout).toMatch(/^codex-\d+ cancelled\n$/);
});

test(`${proves('A-12')} jobs ls --watch keeps the list up to date and gives the terminal back`, async () => {
  const go = join(person.home, 'go-watch');
  const { output, sees, type, ended } = terminal(person, ['jobs', 'ls', '--watch', '--limit', '1'], { columns: 40 });
  await sees(/JOB/);
  const id = (await qantara(['ask', 'gemini', '-b', `[[until ${go}]]`])).out.trim();
  await sees(new RegExp(`${id}.*running`));
  writeFileSync(go, '');
  await sees(new RegExp(`${id}.*succeeded`));
  type('\u0003');
  expect(await ended).toBe(0);
  expect(output().startsWith('\u001b[?1049h')).toBe(true);
  expect(output().endsWith('\u001b[?1049l')).toBe(true);
  expect(await qantara(['jobs', 'ls', '--watch'])).toMatchObject({ code: 2, out: '' });
});

test(`${proves('A-13')} wait --any, and the exit code of the first that did not succeed`, async () => {
  const background = async (task: string) => (await qantara(['ask', 'codex', '-b', task])).out.trim();
  const slow = await background('[[sleep 60000]]');
  const bad = await background('[[fail no]]');
  expect(await person.qantara('jobs', 'wait', '--any', slow, bad)).toMatchObject({
    code: 1,
    stdout: `${bad} failed\n`,
  });
  await person.qantara('jobs', 'cancel', slow);
  expect((await person.qantara('jobs', 'wait', slow, bad)).code).toBe(4);
  expect(await person.qantara('jobs', 'wait', slow, 'codex-9999')).toMatchObject({ code: 2, stdout: '' });
});

test(`${proves('A-13')} prune asks, on a terminal alone, and leaves what is unread`, async () => {
  const id = (await qantara(['ask', 'codex', '-b', '[[say unread]]'])).out.trim();
  await person.qantara('jobs', 'wait', id);
  const refused = await qantara(['jobs', 'prune']);
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('only with --yes')]);
  const asking = terminal(person, ['jobs', 'prune', '--state', 'cancelled']);
  await asking.sees(/Remove \d+ jobs? \(.* MB\)\? \[y\/N\]/);
  asking.type('n\r');
  expect(await asking.ended).toBe(0);
  expect((await person.jobs()).some(({ state }) => state === 'cancelled')).toBe(true);
  expect((await qantara(['jobs', 'prune', '--dry-run'])).out.split('\n').length).toBeGreaterThan(5);
  expect((await qantara(['jobs', 'prune', '--yes'])).code).toBe(0);
  expect((await person.jobs()).every(({ background }) => background)).toBe(true);
  expect((await person.jobs()).map((job) => job.id)).toContain(id);
  expect((await qantara(['jobs', 'prune', '--yes', '--unread', '--json'])).out).toContain('"removed": true');
  expect(await person.jobs()).toEqual([]);
});
