import { isTerminal } from '../../shared/job.ts';
import type { Job } from './jobs.ts';
import type { Db } from './open.ts';
import { sessionStatements } from './sessions.ts';

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Puts a job and its session back as the job's record says; of a record of another release what both know. A job that
 * had not ended counts as being started, at the beginning of its output: whoever takes it over finds out whether it
 * ran, runs or never started. False where the record is none of a job.
 */
export function restoring(db: Db): (job: Job) => boolean {
  const columns = new Set((db.pragma('table_info(jobs)') as { name: string }[]).map(({ name }) => name));
  const sessions = sessionStatements(db);
  const put = db.transaction((job: Job) => {
    const values = isTerminal(job.state) ? job : { ...job, state: 'starting', outputOffset: 0 };
    const names = Object.keys(values).filter((name) => columns.has(snake(name)));
    const into = names.map(snake).join(', ');
    db.prepare(`insert into jobs (${into}) values (${names.map((name) => `@${name}`).join(', ')})`).run(values);
    const { agent, sessionId, cwd, host, hostSession, caller, scope, id, endedAt, createdAt } = job;
    if (!sessionId) return;
    const usedAt = endedAt ?? createdAt;
    sessions.save({ agent, sessionId, cwd, host, hostSession, caller, scope, lastJob: id, usedAt });
  });
  return (job) => {
    try {
      put(job);
      return true;
    } catch (error) {
      // A full disk is not the record's fault.
      if (!/CONSTRAINT|MISMATCH/.test(String((error as { code?: unknown }).code)) && !(error instanceof TypeError)) {
        throw error;
      }
      return false;
    }
  };
}
