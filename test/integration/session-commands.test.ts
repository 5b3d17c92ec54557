import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agents } from '../../shared/agents/index.ts';
import type { SessionDetail, SessionRow } from '../../shared/wire.ts';
import { host, type Machine, machine } from '../helpers/bridge.ts';
import { onTerminal } from '../helpers/on-terminal.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';

let person: Machine;
let cwd: string;
beforeAll(async () => {
  person = machine();
  cwd = person.project("it's here");
  const own = await host(person, { cwd, name: 'codex' });
  for (const { name } of agents) await own.call(`ask_${name}`, { task: `[[say hello]]` });
  await own.close();
});
afterAll(() => person.close());

const sessions = async (...args: string[]): Promise<SessionRow[]> =>
  JSON.parse((await person.qantara('sessions', 'ls', '--json', ...args)).stdout);
const sessionOf = async (agent: string): Promise<SessionRow> => (await sessions('--agent', agent))[0] as SessionRow;

test('lists the sessions, the last used first, and narrows the list', async () => {
  const all = await sessions();
  expect(all.map(({ agent }) => agent)).toEqual(agents.map(({ name }) => name).reverse());
  expect(all[0]).toEqual({
    agent: 'gemini',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    cwd,
    host: 'codex',
    lastJob: 'gemini-3',
    usedAt: expect.any(Number),
    busy: null,
  });
  expect(await sessions('--limit', '1')).toEqual(all.slice(0, 1));
  expect((await sessions('--cwd', person.home)).length).toBe(3);
  expect(await sessions('--cwd', '/nowhere')).toEqual([]);
  expect(await sessions('--host', 'gemini')).toEqual([]);
  const { stdout } = await person.qantara('sessions', 'ls', '--agent', 'claude');
  expect(stdout).toMatch(
    /^SESSION +AGENT +USED +HOST +LAST JOB +DIRECTORY\n[0-9a-f-]{36} +claude +.* claude-1 +\/.*it's here\n$/,
  );
});

test('shows one by how its id begins, with its jobs', async () => {
  const { id } = await sessionOf('codex');
  const { stdout } = await person.qantara('sessions', 'show', id.slice(0, 12), '--json');
  const session = JSON.parse(stdout) as SessionDetail;
  expect(session).toMatchObject({ id, agent: 'codex', cwd });
  expect(session.jobs.map((job) => job.id)).toEqual(['codex-2']);
  const shown = (await person.qantara('sessions', 'show', id)).stdout;
  expect(shown).toContain(`resume    cd '${cwd.replace("'", `'\\''`)}' && codex resume ${id}\n`);
});

test('what is no session is told, with code 2', async () => {
  const unknown = await person.qantara('sessions', 'show', 'ffff-none');
  expect(unknown).toEqual({
    code: 2,
    stdout: '',
    stderr: 'qantara: There is no session "ffff-none". `qantara sessions ls` lists them.\n',
  });
  const { code, stderr } = await person.qantara('sessions', 'resume', '');
  expect([code, stderr]).toEqual([2, expect.stringMatching(/fits more than one session: .*\(codex\)/)]);
});

test.each(agents.map((agent) => [agent.name, agent] as const))(
  `${proves('T-01')} resume runs %s's own command on the terminal, in its directory, and passes Ctrl-C and exit code on`,
  async (name, agent) => {
    const { id } = await sessionOf(name);
    const printed = await person.qantara('sessions', 'resume', id, '--json');
    expect(JSON.parse(printed.stdout)).toEqual({ cwd, command: [agent.binary, ...agent.resume(id)] });
    const screen = onTerminal(['sessions', 'resume', id], { environment: person.environment, cwd: person.home });
    await until(() => screen.output().includes('SCREEN'));
    screen.type('\u0003');
    await until(() => screen.output().includes('INTERRUPTED'));
    screen.type('exit 7\r');
    expect(await screen.ended).toBe(7);
    const said = JSON.parse(/SCREEN (.*)\r\n/.exec(screen.output())?.[1] ?? '');
    expect(said).toEqual({ cli: agent.binary, args: agent.resume(id), cwd, tty: true });
  },
);

test('resume says what is missing: the agent, the directory, or that a job is using it', async () => {
  const { id } = await sessionOf('claude');
  rmSync(join(person.home, 'bin/claude'));
  const missing = await person.qantara('sessions', 'resume', id);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('Claude Code is not installed')]);

  const own = await host(person, { cwd, name: 'codex' });
  const codex = await sessionOf('codex');
  const task = { task: '[[sleep 60000]]', session_id: codex.id, background: true };
  await own.call('ask_codex', task);
  const busy = await person.qantara('sessions', 'resume', codex.id);
  expect([busy.code, busy.stderr]).toEqual([1, expect.stringContaining('is in use by the job codex-4')]);
  await own.call('cancel_job', { job_id: 'codex-4' });
  await own.close();

  rmSync(cwd, { recursive: true });
  const gone = await person.qantara('sessions', 'resume', codex.id);
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining(`The directory ${cwd} of the Codex session`)]);
});
