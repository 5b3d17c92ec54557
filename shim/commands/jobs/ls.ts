import { resolve } from 'node:path';
import { QantaraError } from '../../../shared/errors.ts';
import type { JobState } from '../../../shared/job.ts';
import { pathsIn } from '../../../shared/paths.ts';
import type { JobRow } from '../../../shared/wire.ts';
import { askStarting } from '../../http.ts';
import { listing } from '../../live/listing.ts';
import { ownDirectory } from '../../self.ts';
import { leave, terminalColumns } from '../../terminal.ts';

export interface LsOptions {
  state?: JobState[];
  agent?: string;
  host?: string;
  cwd?: string;
  since?: number;
  limit: number;
  tree?: boolean;
  watch?: boolean;
  json?: boolean;
}

/** `qantara jobs ls`. */
export async function ls({ tree = false, watch: kept, json, ...filter }: LsOptions): Promise<void> {
  const paths = pathsIn();
  const get = (): Promise<JobRow[]> => askStarting<JobRow[]>(paths, 'GET', `/jobs?${queryOf(filter)}`);
  if (kept) {
    if (!process.stdout.isTTY || json) {
      const problem = '--watch is for a terminal; leave it out, or follow one job with "qantara jobs logs -f --json".';
      throw new QantaraError('bad_parameter', { tool: 'qantara jobs ls', problem });
    }
    const [{ watch }, { insist }] = await Promise.all([import('../../live/watch.ts'), import('../../live/insist.ts')]);
    return watch(() => insist(paths, get), tree);
  }
  const rows = await get();
  if (json) console.log(JSON.stringify(rows, null, 2));
  else console.log(listing(rows, { tree, columns: terminalColumns(), now: Date.now() }));
  leave();
}

function queryOf({ state = [], cwd, ...rest }: Omit<LsOptions, 'tree' | 'watch' | 'json'>): string {
  const query = new URLSearchParams(state.map((one): [string, string] => ['state', one]));
  if (cwd !== undefined) query.set('cwd', resolve(ownDirectory(), cwd));
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) query.set(name, String(value));
  return query.toString();
}
