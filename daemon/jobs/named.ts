import { QantaraError } from '../../shared/errors.ts';
import { isJobId } from '../../shared/job.ts';
import type { Job } from '../store/jobs.ts';
import type { Jobs } from './context.ts';

const mostCandidates = 10;

/**
 * The job that a person means: its id; `-1` for the newest, `-2` for the one before; its number alone; or how its id
 * begins. `exactly`: a text that looks like a whole id is taken for nothing but that, so that nobody stops or removes
 * codex-42 who meant a codex-4 that is gone. Throws `unknown_job`, and `ambiguous_job` with the candidates.
 */
export function jobNamed({ store }: Jobs, text: string, exactly = false): Job {
  const job = store.jobs.get(text) ?? store.jobs.get(idMeant(store, text, exactly) ?? '');
  if (!job) throw new QantaraError('unknown_job', { job: text });
  return job;
}

function idMeant({ list }: Jobs['store'], text: string, exactly: boolean): string | undefined {
  if (/^-[1-9]\d{0,8}$/.test(text)) return list.newestId(Number(text.slice(1)) - 1);
  if (/^[1-9]\d{0,14}$/.test(text)) return list.numbered(Number(text));
  if (!/^[a-z][a-z0-9-]*$/.test(text) || (exactly && isJobId(text))) return undefined;
  const ids = list.prefixed(text, mostCandidates + 1);
  if (ids.length < 2) return ids[0];
  const more = ids.length > mostCandidates ? ', …' : '';
  throw new QantaraError('ambiguous_job', { job: text, candidates: ids.slice(0, mostCandidates).join(', ') + more });
}
