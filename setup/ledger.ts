import { prepareHome } from '../daemon/home.ts';
import { QantaraError, wordsOf } from '../shared/errors.ts';
import type { Paths } from '../shared/paths.ts';
import type { LinePatch } from './diff.ts';
import type { Put } from './edits.ts';
import { replaceFile } from './replace-file.ts';
import { hashOf, snapshotOf } from './snapshot.ts';

/**
 * What setup has put where: `setup.json` in the state folder. It is written before the files it speaks of, so that
 * nothing is ever in a file without being known here.
 */
export interface Ledger {
  version: 1;
  hosts: Record<string, HostRecord>;
  /** SHA-256 of the config.toml that setup wrote; absent where there was one before. */
  config?: string;
}

export interface HostRecord {
  /** Present when `--expose` was given: later runs keep to it. */
  expose?: string[];
  approve: boolean;
  /** By path. */
  files: Record<string, FileRecord>;
}

export interface FileRecord {
  /** SHA-256 of the text without what setup put in; null: there was no file. */
  before: string | null;
  /** SHA-256 of the text as setup left it. */
  after: string;
  /** From `after` to `before`, byte for byte; null when others had edited the file between two runs. */
  back: LinePatch[] | null;
  /** The same as data, for a file that others have edited since. */
  puts: Put[];
  /** Folders that were made for the file. */
  folders: string[];
  /** The record before this one; it counts while the file is still as that left it. */
  former?: FileRecord;
}

/** The ledger; an empty one where setup has never run. Throws `bad_config` when it cannot be read. */
export function readLedger(paths: Paths): Ledger {
  try {
    const { text } = snapshotOf(paths.setup);
    if (text === undefined) return { version: 1, hosts: {} };
    const ledger = JSON.parse(text) as Ledger;
    if (ledger.version !== 1) throw new Error(`it is of version ${ledger.version}, which a newer qantara has written.`);
    return ledger;
  } catch (error) {
    throw new QantaraError('bad_config', { path: paths.setup, problem: wordsOf(error) }, error);
  }
}

/** Replaces the ledger in one step; an empty one is removed. Throws `unsafe_home`. */
export function writeLedger(paths: Paths, ledger: Ledger): void {
  prepareHome(paths);
  const before = snapshotOf(paths.setup);
  const empty = Object.keys(ledger.hosts).length === 0 && ledger.config === undefined;
  const after = empty ? undefined : `${JSON.stringify(ledger, null, 1)}\n`;
  if (before.text !== after) replaceFile(before, after);
}

/** The record that speaks of a file in this state: none when a run was killed before it wrote the file. */
export function recordFor(record: FileRecord | undefined, text: string | undefined): FileRecord | undefined {
  const hash = text === undefined ? null : hashOf(text);
  if (!record || hash === record.after) return record;
  if (record.former?.after === hash) return record.former;
  return hash === record.before ? undefined : record;
}
