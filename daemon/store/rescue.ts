import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { isDamage } from './failure.ts';
import type { Job } from './jobs.ts';
import { createStore } from './store.ts';

/** A database and what SQLite keeps beside it. The database first: without its log it would seem sound, and be old. */
const companions = ['', '-wal', '-shm'];
const mark = '.damaged-';

/** `empty`: a database without a schema, as a truncated file is. */
export type Condition = 'sound' | 'damaged' | 'empty' | 'absent';

/**
 * The condition of the database at `path`. Reads the whole file (1.5 ms a MB). What cannot be told now, as on a full
 * disk, counts as sound: opening it says what is wrong.
 */
export function conditionOf(path: string): Condition {
  if (!existsSync(path)) return 'absent';
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { fileMustExist: true });
    if (db.pragma('quick_check(1)', { simple: true }) !== 'ok') return 'damaged';
    return db.pragma('user_version', { simple: true }) === 0 ? 'empty' : 'sound';
  } catch (error) {
    return isDamage(error) ? 'damaged' : 'sound';
  } finally {
    db?.close();
  }
}

/**
 * Moves a database out of the way, with what belongs to it and would be taken for a new one's, and returns where it is
 * kept.
 */
export function setAside(path: string, now: number): string {
  const kept = `${path}${mark}${now}`;
  for (const end of companions) if (existsSync(path + end)) renameSync(path + end, kept + end);
  return kept;
}

/** The databases that were set aside from `path` and that nobody has deleted yet. */
export const setAsideOf = (path: string): string[] =>
  readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}${mark}`) && !/-(wal|shm)$/.test(name))
    .map((name) => join(dirname(path), name));

/**
 * Makes a store of these jobs and puts it at `path` when it is whole; there must be none. Returns how many could be
 * taken. Events are not part of it.
 */
export function rebuildStore(path: string, jobs: readonly Job[]): number {
  const unfinished = `${path}.rebuilding`;
  for (const end of companions) rmSync(unfinished + end, { force: true });
  const store = createStore(unfinished);
  const taken = store.together(() => jobs.filter((job) => store.restore(job)).length);
  store.close();
  renameSync(unfinished, path);
  return taken;
}
