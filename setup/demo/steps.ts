import { folderOf, readExit } from '../../daemon/runner/folder.ts';
import type { Agent } from '../../shared/agents/agent.ts';
import { oneLine } from '../../shared/format.ts';
import { isAlive } from '../../test/helpers/processes.ts';
import type { Answer, Host } from './host.ts';
import { checked, heading, quote, row, say } from './narrate.ts';
import { daemonOf, enterHost, jobsOf, qantara, type Stage, until } from './stage.ts';
import { type Cast, codeWord, type Task, tasksFor } from './tasks.ts';

/** Who plays: `first` is asked while the host waits, `second` in the background. They may be the same. */
export interface Play {
  stage: Stage;
  cast: Cast;
  first: Agent;
  second: Agent;
}

/** Longer than any task takes; ms. */
const backgroundLimitMs = { 'stand-in': 30_000, loopback: 30_000, real: 300_000 };

/** Throws with what was not as claimed. */
function confirm(truth: unknown, otherwise: string): asserts truth {
  if (!truth) throw new Error(otherwise);
}

const nameOf = ({ cast }: Play, agent: Agent): string =>
  cast === 'stand-in' ? `${agent.name} (stand-in)` : agent.name;

const announce = (tool: string, task: Task, extra = ''): void =>
  say(`${tool}${extra}: "${oneLine(task.text.replace(/\[\[.*\]\]/s, '').trim(), 200)}"`);

/** Shows an answer and throws unless the job succeeded and said what it should. Returns job and session of the footer. */
function accept(answer: Answer, task: Task): { job: string; session: string } {
  quote(answer.text);
  confirm(!answer.isError, 'The delegation failed; the reason, and what to do about it, is in the answer above.');
  const footer = /^\[qantara\] job (\S+) · succeeded · .*?session (\S+)/m.exec(answer.text);
  confirm(footer, 'The answer has no footer that says "succeeded" with a session.');
  const words = answer.text.slice(0, footer.index);
  confirm(task.expected.test(words), `The answer does not match ${task.expected}.`);
  return { job: footer[1] ?? '', session: footer[2] ?? '' };
}

/** The main job: ask, see what the delegate does, get its answer. Returns the job's id. */
export async function ask(play: Play, host: Host): Promise<string> {
  const { stage, cast, first } = play;
  const { ask: task } = tasksFor(cast, first, stage.project);
  heading(2, `A host asks ${nameOf(play, first)}`);
  announce(`ask_${first.name}`, task);
  let progress = 0;
  const answer = await host.call(`ask_${first.name}`, { task: task.text }, (message) => {
    progress++;
    row(`… ${message}`);
  });
  const { job } = accept(answer, task);
  confirm(progress > 0, 'No progress was reported while the agent worked.');
  return job;
}

async function startInBackground(play: Play, host: Host, task: Task): Promise<string> {
  const { stage, second } = play;
  announce(`ask_${second.name}`, task, ', in the background');
  const answer = await host.call(`ask_${second.name}`, { task: task.text, background: true });
  quote(answer.text);
  const id = /as job (\S+)\./.exec(answer.text)?.[1];
  confirm(!answer.isError && id, 'It was not started as a background job.');
  const runs = async () => (await jobsOf(stage)).some((job) => job.id === id && job.state === 'running');
  await until(`job ${id} runs`, runs, { signal: stage.ended });
  return id;
}

/** Ends the host and kills the daemon while job `id` runs; returns once the job has ended without either. */
async function leaveAlone({ stage, cast }: Play, host: Host, id: string): Promise<void> {
  const daemon = await daemonOf(stage);
  confirm(daemon, 'There is no daemon while a job runs.');
  await host.close();
  await until(`the shim, process ${host.pid}, ended with its host`, () => !isAlive(host.pid));
  checked(`The host has gone, and its shim (process ${host.pid}) with it.`);
  process.kill(daemon.pid, 'SIGKILL');
  await until(`the daemon, process ${daemon.pid}, ended`, () => !isAlive(daemon.pid));
  const folder = folderOf(stage.paths.jobs, id);
  confirm(!readExit(folder), `Job ${id} ended before the daemon was killed, so it did not have to outlive it.`);
  checked(`kill -9 ${daemon.pid}: the daemon has gone, too. The agent works on.`);
  const exit = await until(`job ${id} ends by itself`, () => readExit(folder), {
    limitMs: backgroundLimitMs[cast],
    signal: stage.ended,
  });
  confirm(!(await daemonOf(stage)), 'A daemon runs although nobody asked for one.');
  checked(`The agent has ended (exit code ${exit?.code}) with no host and no daemon there.`);
}

/** A background job that outlives its host and its daemon. Returns its id, its session and the new host. */
export async function outlive(play: Play, host: Host): Promise<{ id: string; session: string; next: Host }> {
  const { stage, cast, second } = play;
  const { later: task } = tasksFor(cast, second, stage.project);
  heading(3, `A job of ${nameOf(play, second)} outlives its host and the daemon`);
  const id = await startInBackground(play, host, task);
  await leaveAlone(play, host, id);

  say('A new host in the same project calls check_job:');
  const next = await enterHost(stage);
  // The new daemon may still be reading what the agent left.
  const list = await until(`the new host is told about job ${id}`, async () => {
    const { text } = await next.call('check_job');
    return text.includes(`notice: background job "${id}"`) ? text : '';
  });
  quote(list);
  say(`wait_job ${id}:`);
  const { job, session } = accept(await next.call('wait_job', { job_id: id }), task);
  confirm(job === id, `wait_job gave the result of job ${job}, not of ${id}.`);
  confirm(!(await next.call('check_job')).text.includes('notice:'), 'The notice goes on although the result was read.');
  checked('A new daemon was started, found the result and gave it to the new host.');
  return { id, session, next };
}

/** The next question in the session of `outlive`. Returns the job's id. */
export async function goOn(play: Play, host: Host, session: string): Promise<string> {
  const { stage, cast, second } = play;
  const { again: task } = tasksFor(cast, second, stage.project);
  heading(4, `The conversation with ${nameOf(play, second)} goes on`);
  announce(`ask_${second.name}`, task, ', continue_session');
  const before = stage.models?.requests.length ?? 0;
  const answer = accept(await host.call(`ask_${second.name}`, { task: task.text, continue_session: true }), task);
  confirm(answer.session === session, `It ran in session ${answer.session}, not in ${session}.`);
  checked('It is the session of the job before, begun under a host and a daemon that are gone.');
  if (cast === 'loopback') {
    const told = stage.models?.requests.slice(before).map(({ body }) => JSON.stringify(body)) ?? [];
    confirm(!task.text.includes(codeWord), `The task itself has the word "${codeWord}" in it.`);
    confirm(
      told.some((body) => body.includes(codeWord)),
      'The model was not sent the conversation before.',
    );
    checked(`The model was sent what was said before: "${codeWord}" is in its request, and not in this task.`);
  }
  return answer.job;
}

/** The list of jobs on the command line. Throws unless exactly `ids` are in it and succeeded. */
export async function list({ stage }: Play, ids: readonly string[]): Promise<void> {
  heading(5, 'Every job is on the record');
  say('$ qantara jobs ls');
  const table = (await qantara(stage, 'jobs', 'ls')).trimEnd().split('\n');
  for (const line of table) row(line);
  const rows = table.slice(1).map((line) => line.split(/\s+/));
  const listed = rows.filter(([, state]) => state === 'succeeded').map(([id]) => id);
  confirm(
    rows.length === ids.length && ids.every((id) => listed.includes(id)),
    `The list does not show exactly ${ids.join(', ')} as succeeded.`,
  );
}
