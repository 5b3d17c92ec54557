import { createInterface } from 'node:readline';
import { QantaraError } from '../../../shared/errors.ts';
import type { JobState } from '../../../shared/job.ts';
import { pathsIn } from '../../../shared/paths.ts';
import type { Pruned } from '../../../shared/wire.ts';
import { askStarting } from '../../http.ts';

export interface PruneOptions {
  olderThan?: number;
  state?: JobState[];
  unread?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `qantara jobs prune`: says what it would remove, asks, and removes it. */
export async function prune({
  olderThan = 0,
  state = [],
  unread = false,
  dryRun,
  yes,
  json,
}: PruneOptions): Promise<void> {
  const paths = pathsIn();
  // The same moment for both, so that what ends while the person thinks is not taken too.
  const which = { endedBefore: Date.now() - olderThan + 1, states: state, unread };
  const call = (dry: boolean): Promise<Pruned> =>
    askStarting<Pruned>(paths, 'POST', '/jobs/prune', { body: { ...which, dryRun: dry }, silenceMs: undefined });
  const found = await call(true);
  if (!dryRun && found.jobs.length > 0) {
    if (!yes && !(await isWanted(`Remove ${amount(found)}?`)))
      return void process.stderr.write('Nothing was removed.\n');
    await call(false);
  }
  if (json) return console.log(JSON.stringify({ removed: !dryRun, ...found }, null, 2));
  if (dryRun) for (const id of found.jobs) console.log(id);
  const verb = dryRun ? 'would be removed' : 'removed';
  process.stderr.write(`${amount(found)} ${verb}.\n`);
}

const amount = ({ jobs, bytes }: Pruned): string =>
  `${jobs.length} job${jobs.length === 1 ? '' : 's'} (${(bytes / 1e6).toFixed(1)} MB)`;

async function isWanted(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    const problem = `${question.replace(/\?$/, '')} without a terminal only with --yes; --dry-run says which.`;
    throw new QantaraError('bad_parameter', { tool: 'qantara jobs prune', problem });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string>((resolve) => {
    lines.on('close', () => resolve(''));
    lines.question(`${question} [y/N] `, resolve);
  });
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
