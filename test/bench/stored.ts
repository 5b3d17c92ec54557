import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { World } from './world.ts';

/**
 * Gives a world `count` finished jobs with their events: copies of one that its daemon did run, all of the caller's
 * own scope. Its daemon has been started and stopped when this returns.
 */
export async function addFinishedJobs(world: World, count: number): Promise<void> {
  await world.startDaemon();
  const host = await world.host();
  await host.call('ask_codex', { task: 'What is two and two?' });
  await host.close();
  await world.stopDaemon();
  copyFirst(join(world.paths.home, 'qantara.db'), count);
}

/** Copies the first job of a store, which has ended, until there are `count` more. */
export function copyFirst(path: string, count: number): void {
  const db = new Database(path);
  db.pragma('synchronous = off');
  const columns = (db.pragma('table_info(jobs)') as { name: string }[]).map(({ name }) => name);
  const { last } = db.prepare('select max(sequence) as last from jobs').get() as { last: number };
  const changed: Record<string, string> = {
    sequence: 'n',
    id: `'codex-' || n`,
    call_key: `'call ' || n`,
    ended_at: 'ended_at - n',
  };
  const numbers = `with recursive numbers (n) as (select ${last + 1} union all select n + 1 from numbers where n < ${last + count})`;
  db.transaction(() => {
    const values = columns.map((name) => changed[name] ?? name);
    db.exec(`${numbers} insert into jobs (${columns}) select ${values} from numbers, jobs where sequence = 1`);
    db.exec(
      `${numbers} insert into events (job, last, at, bodies)
       select 'codex-' || n, last, at, bodies from numbers, events where job = (select id from jobs where sequence = 1)`,
    );
  })();
  db.close();
}
