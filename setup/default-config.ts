import { defaultFile } from '../daemon/config/default-file.ts';
import { wordsOf } from '../shared/errors.ts';
import type { Paths } from '../shared/paths.ts';
import { type Ledger, readLedger, writeLedger } from './ledger.ts';
import { changes, type Step } from './plan.ts';
import { replaceFile } from './replace-file.ts';
import { hashOf, snapshotOf } from './snapshot.ts';

/** What becomes of `~/.qantara/config.toml`: written with every key as a comment where there is none, never edited. */
export interface ConfigPlan {
  step?: Step;
  /** Why it stays as it is, where the person should know. */
  note?: string;
}

/** The commented default, where there is no file yet. Writes nothing; never throws. */
export const planConfig = (paths: Paths): ConfigPlan =>
  guarded(() => {
    const before = snapshotOf(paths.config);
    return before.text === undefined ? { step: { before, after: defaultFile(), record: undefined } } : {};
  });

/** Takes the default away, unless the person has changed it since. Writes nothing; never throws. */
export const planConfigUndo = (paths: Paths, { config }: Ledger): ConfigPlan =>
  guarded(() => {
    const before = snapshotOf(paths.config);
    if (config === undefined) return {};
    const touched = before.text !== undefined && hashOf(before.text) !== config;
    return {
      step: { before, after: touched ? before.text : undefined, record: undefined },
      ...(touched && { note: `${paths.config} was changed since setup wrote it, and stays.` }),
    };
  });

function guarded(plan: () => ConfigPlan): ConfigPlan {
  try {
    return plan();
  } catch (error) {
    return { note: wordsOf(error) };
  }
}

export const changesConfig = ({ step }: ConfigPlan): boolean => step !== undefined && changes(step);

/** Carries it out; the ledger knows of the file before it is there. Returns why it could not; undefined: all is well. */
export function applyConfig({ step }: ConfigPlan, paths: Paths): string | undefined {
  if (!step) return undefined;
  try {
    const { config: _, ...ledger } = readLedger(paths);
    const isNew = step.before.text === undefined && step.after !== undefined;
    if (isNew) writeLedger(paths, { ...ledger, config: hashOf(step.after ?? '') });
    if (changes(step)) replaceFile(step.before, step.after);
    if (!isNew) writeLedger(paths, ledger);
    return undefined;
  } catch (error) {
    return wordsOf(error);
  }
}
