import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { QantaraError, wordsOf } from '../../shared/errors.ts';
import { type Paths, pathsIn } from '../../shared/paths.ts';
import { type JobDetail, type JobRow, maxLineBytes, type TerminalAsk } from '../../shared/wire.ts';
import { ask as send } from '../http.ts';
import { ownDirectory, ownEnvironment } from '../self.ts';
import { safe, safeText } from '../terminal.ts';
import { insist } from './insist.ts';
import { cancelOnInterrupt } from './interrupt.ts';
import { followNews } from './news.ts';
import { exitCodeFor, footer } from './outcome.ts';
import { answerOf, printOutput } from './output.ts';
import { plainProgress, silent, terminalProgress } from './progress.ts';

export interface AskOptions {
  file?: string;
  cwd?: string;
  session?: string;
  continue?: boolean;
  model?: string;
  reasoning?: string;
  thinking?: string;
  timeout?: number;
  background?: boolean;
  detach?: boolean;
  json?: boolean;
  raw?: boolean;
  quiet?: boolean;
}

/** Makes the ask a job, shows what it does, prints its answer, and sets the exit code by how it ended. */
export async function ask(agent: string, task: string | undefined, options: AskOptions): Promise<void> {
  const paths = pathsIn();
  const body = bodyOf(agent, readTask(task, options.file), options);
  const interrupt = cancelOnInterrupt(paths);
  const job = await insist(paths, () => send<JobRow>(paths, 'POST', '/asks', { body }));
  if (options.background || options.detach) return started(job, options);
  const progress = options.quiet ? silent : process.stderr.isTTY ? terminalProgress() : plainProgress();
  interrupt.watch(job.id, progress.say);
  const ended = await followNews(paths, job.id, progress.news).finally(progress.end);
  process.exitCode = exitCodeFor(ended.state);
  if (options.json) await printJson(paths, ended.id);
  else await printResult(paths, ended, options);
  await insist(paths, () => send(paths, 'POST', `/jobs/${ended.id}/read`));
  interrupt.end();
}

const bad = (problem: string): QantaraError => new QantaraError('bad_parameter', { tool: 'qantara ask', problem });

function readTask(task: string | undefined, file: string | undefined): string {
  if (task !== undefined && file !== undefined) throw bad('the task is given twice, as an argument and with --file.');
  const source = file ?? (task === undefined || task === '-' ? '-' : undefined);
  if (source === undefined) return task as string;
  if (source === '-' && process.stdin.isTTY)
    throw bad('the task is missing: give it as an argument, with --file, or on stdin.');
  let text: string;
  try {
    text = readFileSync(source === '-' ? 0 : source, 'utf8');
  } catch (error) {
    throw bad(`the task cannot be read: ${wordsOf(error)}.`);
  }
  return text;
}

function bodyOf(agent: string, task: string, options: AskOptions): TerminalAsk {
  if (Buffer.byteLength(task) > maxLineBytes) throw bad(`the task is longer than ${maxLineBytes} bytes.`);
  const { cwd, session, model, reasoning, thinking, timeout } = options;
  const here = ownDirectory();
  const given = {
    task,
    cwd: cwd === undefined ? undefined : resolve(here, cwd),
    session_id: session,
    continue_session: options.continue,
    background: options.background || options.detach || undefined,
    model,
    reasoning,
    thinking,
  };
  return {
    key: crypto.randomUUID(),
    agent,
    arguments: given,
    timeLimitMs: timeout,
    caller: { pid: process.pid, cwd: here, environment: ownEnvironment() },
  };
}

function started(job: JobRow, { json, quiet }: AskOptions): void {
  console.log(json ? JSON.stringify(job, null, 2) : job.id);
  if (!quiet && !json)
    process.stderr.write(`[qantara] it runs in the background; "qantara jobs wait ${job.id}" waits for it.\n`);
}

async function printJson(paths: Paths, id: string): Promise<void> {
  const job = await insist(paths, () => send<JobDetail>(paths, 'GET', `/jobs/${id}`));
  console.log(JSON.stringify({ ...job, answer: await answerOf(paths, id) }, null, 2));
}

async function printResult(paths: Paths, job: JobRow, { raw, quiet }: AskOptions): Promise<void> {
  if (job.state === 'succeeded') await printOutput(paths, job.id, { file: 'answer' }, raw);
  else {
    const what = job.state === 'cancelled' ? `Job ${job.id} was cancelled.` : (job.error ?? job.state);
    process.stderr.write(`qantara: ${safeText(what)}\n`);
    const { answerBytes } = await insist(paths, () => send<JobDetail>(paths, 'GET', `/jobs/${job.id}`));
    if (answerBytes > 0)
      process.stderr.write(`[qantara] it had said something before: "qantara jobs show ${job.id}"\n`);
  }
  if (!quiet) process.stderr.write(`[qantara] ${safe(footer(job))}\n`);
}
