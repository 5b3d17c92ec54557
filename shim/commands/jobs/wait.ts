import { isTerminal } from '../../../shared/job.ts';
import { type Paths, pathsIn } from '../../../shared/paths.ts';
import type { JobRow } from '../../../shared/wire.ts';
import { ask } from '../../http.ts';
import { insist } from '../../live/insist.ts';
import { exitCodeFor, stateWords } from '../../live/outcome.ts';

/** `qantara jobs wait`: prints each job when it has ended. */
export async function wait(names: readonly string[], { any, json }: { any?: boolean; json?: boolean }): Promise<void> {
  const paths = pathsIn();
  // First all of them, so that a name that is none is told at once, and -1 stays the same job.
  const ids: string[] = [];
  for (const name of names) ids.push((await state(paths, name, 0)).id);
  const ends = ids.map(async (id) => {
    const job = await ended(paths, id);
    if (!json) console.log(`${job.id} ${stateWords(job.state)}`);
    return job;
  });
  const jobs = any ? [await Promise.any(ends)] : await Promise.all(ends);
  if (json) console.log(JSON.stringify(jobs, null, 2));
  process.exitCode = jobs.map((job) => exitCodeFor(job.state)).find((code) => code !== 0) ?? 0;
  // Those that go on are nobody's business any more.
  if (any) process.exit();
}

const state = (paths: Paths, name: string, limitMs: number): Promise<JobRow> =>
  insist(paths, () => ask<JobRow>(paths, 'GET', `/jobs/${encodeURIComponent(name)}/wait?limitMs=${limitMs}`));

async function ended(paths: Paths, id: string): Promise<JobRow> {
  for (;;) {
    const job = await state(paths, id, 20_000);
    if (isTerminal(job.state)) return job;
  }
}
