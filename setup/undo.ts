import { wordsOf } from '../shared/errors.ts';
import { type KeyPath, type Put, putsOf, valueAt } from './edits.ts';
import { edited } from './format.ts';
import type { Host, HostFile, Place, Registration } from './host.ts';
import { type HostRecord, recordFor } from './ledger.ts';
import { changes, type HostPlan, type Skip, type Step, withoutOurs } from './plan.ts';
import { undoOf } from './puts.ts';
import { isOurs, readDocument } from './registration.ts';
import { snapshotOf, untouched } from './snapshot.ts';

/**
 * What takes a host back to how it was before setup. An untouched file gets its bytes back; from one that others have
 * edited since, exactly what setup put in is taken out. Without a record (the state folder was removed) whatever is
 * known by our name goes. Writes nothing.
 */
export function planUndo(host: Host, place: Place, record: HostRecord | undefined): HostPlan | Skip {
  try {
    const notes: string[] = [];
    const steps = host.files.map((file) => undoFile(host, file, place, record, notes));
    return { host, steps, expose: [], record: undefined, notes };
  } catch (error) {
    return { host, reason: wordsOf(error) };
  }
}

/** Whether there is anything of ours in a host. */
export const hasSome = (plan: HostPlan): boolean => plan.steps.some(changes);

function undoFile(host: Host, file: HostFile, place: Place, known: HostRecord | undefined, notes: string[]): Step {
  const path = file.path(place);
  const before = snapshotOf(path);
  const record = recordFor(known?.files[path], before.text);
  const folders = record?.folders ?? [];
  if (before.text === undefined) return { before, after: undefined, record: undefined, folders };
  const clean = withoutOurs(record, before.text);
  if (clean !== undefined) return { before, after: clean ?? undefined, record: undefined, folders };
  const document = readDocument(path, file, before.text);
  const ours = (at: KeyPath, value: Parameters<typeof isOurs>[0]) => same(at, host.entry) && isOurs(value);
  const puts = record?.puts ?? byName(host, file, document);
  const { changes: wanted, left } = undoOf(document, puts, ours);
  for (const at of left) notes.push(`${path}: "${at.join('.')}" was changed since and stays.`);
  const after = takenOut(path, file, before.text, wanted);
  const empty = record?.before === null && after !== before.text && isEmptyDocument(path, file, after);
  return { before, after: empty ? undefined : after, record: undefined, folders };
}

function takenOut(path: string, file: HostFile, text: string, wanted: Parameters<typeof edited>[2]): string {
  try {
    return edited(file.format, text, wanted);
  } catch (error) {
    throw untouched(path, wordsOf(error), 'Take the qantara entry out by hand.', error);
  }
}

const isEmptyDocument = (path: string, file: HostFile, text: string): boolean =>
  Object.keys(readDocument(path, file, text)).length === 0 && !/[#/]/.test(text);

const same = (a: KeyPath, b: KeyPath): boolean => a.length === b.length && a.every((key, at) => key === b[at]);

const nothing: Registration = { command: '', args: [], env: {}, approve: true, proxies: [] };

/** What carries our name in a file of which nothing is recorded. Containers stay, since nobody knows who made them. */
function byName(host: Host, file: HostFile, document: Parameters<HostFile['edits']>[1]): Put[] {
  const isFirst = file === host.files[0];
  const entry =
    isFirst && isOurs(valueAt(document, host.entry)) ? [{ path: host.entry, existed: host.entry.length }] : [];
  const items = putsOf(file.edits(nothing, document)).filter((put) => put.item !== undefined);
  return [...entry, ...items.map((put) => ({ ...put, existed: put.path.length }))];
}
