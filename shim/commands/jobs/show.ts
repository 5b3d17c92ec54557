import { duration } from '../../../shared/format.ts';
import { isTerminal } from '../../../shared/job.ts';
import { pathsIn } from '../../../shared/paths.ts';
import type { JobDetail } from '../../../shared/wire.ts';
import { ask, askStarting } from '../../http.ts';
import { ranMs, spent, stateWords } from '../../live/outcome.ts';
import { answerOf, printOutput } from '../../live/output.ts';
import { colour, safe, safeText } from '../../terminal.ts';

/** `qantara jobs show`: all that is known of a job. */
export async function show(name: string, { json }: { json?: boolean }): Promise<void> {
  const paths = pathsIn();
  const job = await askStarting<JobDetail>(paths, 'GET', `/jobs/${encodeURIComponent(name)}`);
  if (json) console.log(JSON.stringify({ ...job, answer: await answerOf(paths, job.id) }, null, 2));
  else {
    console.log(factsOf(job, Date.now()).join('\n'));
    section('Brief', job.task || '(not kept: keep_prompts = false)');
    if (job.error) section('Error', job.error);
    if (job.answerBytes > 0) {
      title(isTerminal(job.state) ? 'Answer' : 'Answer so far');
      await printOutput(paths, job.id, { file: 'answer' });
    }
  }
  if (isTerminal(job.state)) await ask(paths, 'POST', `/jobs/${job.id}/read`);
}

const title = (text: string): void => console.log(`\n${colour('bold', text)}`);

function section(name: string, text: string): void {
  title(name);
  console.log(safeText(text.trimEnd()));
}

const time = (at: number | null): string | undefined =>
  at === null ? undefined : new Date(at).toLocaleString('sv-SE');

/** The facts, a line or more each, safe for a terminal; what is not known is left out. */
export function factsOf(job: JobDetail, now: number): string[] {
  const { activity, children, files, policy } = job;
  const asked = [job.model, job.reasoning && `reasoning ${job.reasoning}`, job.thinking && `thinking ${job.thinking}`];
  const facts: [string, string | undefined | null | string[]][] = [
    ['job', job.id],
    [
      'state',
      [stateWords(job.state), job.exitCode === null ? '' : `exit code ${job.exitCode}`].filter(Boolean).join(', '),
    ],
    [
      'ran',
      job.startedAt === null ? undefined : `${duration(ranMs(job, now))} of at most ${duration(job.timeLimitMs)}`,
    ],
    ['asked', `${time(job.createdAt)} by ${job.host ?? 'unknown'}${job.parent ? ` in ${job.parent}` : ''}`],
    ['started', time(job.startedAt)],
    ['ended', time(job.endedAt)],
    ['read', job.endedAt === null ? undefined : (time(job.deliveredAt) ?? 'not yet')],
    ['now', activity?.phase],
    ['lately', activity?.actions],
    ['cwd', job.cwd],
    ['mode', `${job.mode} (${job.holds})${job.heldBy === null ? '' : `, held by ${job.heldBy}`}`],
    ['model', asked.filter(Boolean).join(', ')],
    ['session', job.sessionId],
    ['usage', spent(job).join(', ')],
    ['children', children.map((child) => `${child.id} ${stateWords(child.state)}`)],
    ['files', files.map(({ path, change }) => `${change} ${path}`)],
    ['folder', job.folder],
    [
      'policy',
      policy
        .filter(({ value }) => value !== null)
        .map(({ name, value, origin }) => `${name} = ${JSON.stringify(value)} (${origin})`),
    ],
  ];
  return facts.flatMap(([name, value]) =>
    [value ?? []]
      .flat()
      .filter((text) => text !== '')
      .map((text, at) => `${(at === 0 ? name : '').padEnd(9)}${safe(text)}`),
  );
}
