import { statSync } from 'node:fs';
import { QantaraError } from '../../shared/errors.ts';
import { configOf, textOfConfig } from './config.ts';
import type { Entry } from './read.ts';

/** config.toml as the running daemon read it, and what has become of the file since. */
export interface ConfigInForce {
  path: string;
  entries: readonly Entry[];
  /** What the person should know as long as the file says something else. Costs a `stat` unless it was written. */
  notices(): string[];
  /** The same, once. */
  news(): string[];
}

const meaningOf = (entries: readonly Entry[]): string =>
  JSON.stringify(entries.map(({ path, name, text }) => JSON.stringify([path, name, text])).sort());

/** Remembers what `path` said when the daemon started. Comments and order do not count as changes. */
export function inForce(path: string, entries: readonly Entry[]): ConfigInForce {
  let looked: string | undefined;
  let notice: string | undefined;
  let told: string | undefined;
  const meaning = meaningOf(entries);
  const current = (): string | undefined => {
    const state = stateOf(path);
    if (state !== looked) notice = noticeOn(path, meaning);
    looked = state;
    return notice;
  };
  return {
    path,
    entries,
    notices: () => [current() ?? []].flat(),
    news: () => {
      const now = current();
      const isNews = now !== told;
      told = now;
      return isNews && now ? [now] : [];
    },
  };
}

/** What tells one writing of a file from another. */
function stateOf(path: string): string {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found ? `${found.ino} ${found.size} ${found.mtimeNs}` : 'absent';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

function noticeOn(path: string, meaning: string): string | undefined {
  try {
    if (meaningOf(configOf(path, textOfConfig(path)).entries) === meaning) return undefined;
    return `${path} has changed since the daemon started. \`qantara daemon restart\` applies it; running jobs keep what they started with.`;
  } catch (error) {
    if (!(error instanceof QantaraError)) throw error;
    return `${path} has changed and cannot be used: ${error.data.problem} The daemon goes on with what it read; correct the file before it starts again.`;
  }
}
