import { pathsIn } from '../../../shared/paths.ts';
import type { JobRow } from '../../../shared/wire.ts';
import { askStarting, type Method } from '../../http.ts';
import { stateWords } from '../../live/outcome.ts';

/** Asks the same for each job, in turn, and says what became of it. Throws at the first that fails. */
async function each(ids: readonly string[], method: Method, verb: string, say: (row: JobRow) => string): Promise<void> {
  const paths = pathsIn();
  for (const id of ids) {
    console.log(say(await askStarting<JobRow>(paths, method, `/jobs/${encodeURIComponent(id)}${verb}`)));
  }
}

/** `qantara jobs cancel`. */
export const cancel = (ids: readonly string[]): Promise<void> =>
  each(ids, 'POST', '/cancel', (row) => `${row.id} ${stateWords(row.state)}`);

/** `qantara jobs rm`. */
export const rm = (ids: readonly string[]): Promise<void> => each(ids, 'DELETE', '', (row) => `${row.id} removed`);
