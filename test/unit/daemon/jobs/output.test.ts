import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Jobs } from '../../../../daemon/jobs/context.ts';
import { readOutput } from '../../../../daemon/jobs/output.ts';
import { changed } from '../../../../daemon/jobs/wait.ts';
import { folderOf } from '../../../../daemon/runner/folder.ts';
import { createStore } from '../../../../daemon/store/store.ts';
import { newJob } from '../../../helpers/new-job.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { proves } from '../../../promises.ts';

test(`${proves('A-01')} what comes while the output is being opened is told to who follows it`, async () => {
  const home = tempHome();
  const store = createStore(join(home.path, 'qantara.db'));
  try {
    const jobs = { store, paths: { jobs: home.path }, watchers: new Map() } as unknown as Jobs;
    const { id } = store.jobs.insert(newJob());
    const folder = folderOf(home.path, id);
    mkdirSync(folder.dir);
    writeFileSync(folder.output, 'a line\n');
    const bytes = readOutput(jobs, id, { file: 'output', offset: 0, follow: true, signal: AbortSignal.timeout(5_000) });
    const first = bytes.next();
    store.jobs.offset(id, 7);
    changed(jobs, id, 'output');
    expect((await first).value?.toString()).toBe('a line\n');
    await bytes.return(undefined);
  } finally {
    store.close();
    home.remove();
  }
});
