import type { Hello } from '../shared/wire.ts';
import { markerOf } from './jobs/context.ts';
import { lineageOf, type Row } from './runner/process.ts';
import type { Job } from './store/jobs.ts';
import type { Store } from './store/store.ts';

/** What is known of the process behind a connection from its first moment on. */
export interface Origin {
  /** The process, its parent, and so on. Nobody can choose other ancestors; they only get fewer when some end. */
  lineage: readonly Row[];
  /** What it carries in QANTARA_JOB; a host may strip it. */
  marker: string;
}

export const originOf = (hello: Hello): Origin => ({
  lineage: lineageOf(hello.pid),
  marker: hello.environment.QANTARA_JOB ?? '',
});

/**
 * The job that a caller is part of: the nearest one among its ancestors, or the one whose process group it is in (for
 * a process that has lost its ancestors), which nobody can pretend; else the one whose marker it carries, with the
 * nonce that only that job was given. That one may have ended. A process that has left its ancestors and its group and
 * lost its environment cannot be told from one of the person's.
 */
export function parentOf({ lineage, marker }: Origin, store: Store): Job | undefined {
  const running = new Map(store.jobs.processes().map((job) => [job.pid, job]));
  for (const { pid, startTime } of lineage) {
    const job = running.get(pid);
    if (job?.startTime === startTime) return store.jobs.get(job.id);
  }
  // While a member lives, the number of its group is not given to another process.
  const leader = running.get(lineage[0]?.group ?? 0);
  if (leader) return store.jobs.get(leader.id);
  if (!marker) return undefined;
  const marked = store.jobs.get(marker.split('.')[0] ?? '');
  return marked && markerOf(marked) === marker ? marked : undefined;
}
