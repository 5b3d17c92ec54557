import { wordsOf } from '../shared/errors.ts';
import type { Paths } from '../shared/paths.ts';
import { readLedger, writeLedger } from './ledger.ts';
import { changes, type HostPlan, type Step } from './plan.ts';
import { backUp, dropBackup, removeFolders, replaceFile } from './replace-file.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';

/**
 * Carries out the plan of one host, all of it or nothing: where a later file fails, the earlier ones get their text
 * back. The ledger knows of a change before it is made, so a run that is killed at any point can be undone.
 * Returns why the host was left as it was; undefined when all went well.
 */
export function applyHost(plan: HostPlan, paths: Paths): string | undefined {
  const done: Step[] = [];
  const backedUp: Step[] = [];
  const name = plan.host.name;
  const earlier = readLedger(paths).hosts[name];
  try {
    if (plan.record) note(paths, name, plan.record);
    for (const step of plan.steps.filter(changes)) {
      if (step.original !== undefined && backUp(step.before, step.original)) backedUp.push(step);
      replaceFile(step.before, step.after);
      done.push(step);
    }
    if (!plan.record) finishUndo(plan, paths);
    return undefined;
  } catch (error) {
    for (const { before, original } of backedUp) dropBackup(before.path, original);
    return [wordsOf(error), ...takeBack(done, paths, name, earlier)].join(' ');
  }
}

function finishUndo(plan: HostPlan, paths: Paths): void {
  for (const { before, after, folders } of plan.steps) {
    dropBackup(before.path, after);
    if (after === undefined) removeFolders(folders ?? []);
  }
  note(paths, plan.host.name, undefined);
}

/** The record of one host; with nothing in any file there is nothing to know. */
function note(paths: Paths, name: string, record: HostPlan['record']): void {
  const ledger = readLedger(paths);
  const { [name]: _, ...others } = ledger.hosts;
  const known = record && (Object.keys(record.files).length > 0 || record.expose) ? { [name]: record } : {};
  writeLedger(paths, { ...ledger, hosts: { ...others, ...known } });
}

/** Undoes what was done of a host; returns what could not be. */
function takeBack(done: readonly Step[], paths: Paths, name: string, earlier: HostPlan['record']): string[] {
  const faults: string[] = [];
  for (const { before, after } of done.toReversed()) {
    try {
      const now: Snapshot = { ...snapshotOf(before.path), text: after };
      replaceFile(now, before.text);
    } catch (error) {
      faults.push(`${before.path} could not be given back its former text: ${wordsOf(error)}`);
    }
  }
  try {
    if (faults.length === 0) note(paths, name, earlier);
  } catch (error) {
    faults.push(wordsOf(error));
  }
  return faults;
}
