import { QantaraError, wordsOf } from '../shared/errors.ts';
import { patchedBy, patchesBetween } from './diff.ts';
import {
  type Change,
  changed,
  deltaOf,
  type Edit,
  isObject,
  type Json,
  type JsonObject,
  putsOf,
  valueAt,
} from './edits.ts';
import { edited } from './format.ts';
import type { Host, HostFile, Place, Registration } from './host.ts';
import { type FileRecord, type HostRecord, recordFor } from './ledger.ts';
import { composed, obsolete } from './puts.ts';
import { exposeFor, isOurs, readDocument, registrationFor, type Wish } from './registration.ts';
import { missingFolders } from './replace-file.ts';
import { hashOf, type Snapshot, snapshotOf, untouched } from './snapshot.ts';

/** What setup is going to do, worked out from the files without writing any. */
export interface Step {
  before: Snapshot;
  /** The text it shall have; undefined: it is removed. */
  after: string | undefined;
  /** What goes into the backup: the text without anything of ours, as far as that is known. Undefined: none is needed. */
  original?: string | undefined;
  /** What the ledger shall say of it; undefined: nothing any more. */
  record: FileRecord | undefined;
  /** Folders to remove with it. */
  folders?: string[];
}

export interface HostPlan {
  host: Host;
  /** All files of the host, also those that stay as they are. */
  steps: Step[];
  /** Agents offered to the host. */
  expose: string[];
  record: HostRecord | undefined;
  notes: string[];
}

/** A host that is left as it is, and why. */
export interface Skip {
  host: Host;
  reason: string;
}

export const changes = ({ before, after }: Step): boolean => before.text !== after;

/** What setup would do to one host; a `Skip` when one of its files stands in the way. Writes nothing. */
export function planHost(host: Host, place: Place, wish: Wish, record: HostRecord | undefined): HostPlan | Skip {
  try {
    const approve = wish.approve ?? record?.approve ?? true;
    const expose = exposeFor(host, place, wish, record);
    const registration = registrationFor(host, place, wish, expose, approve);
    const steps = host.files.map((file) => planFile(host, file, place, registration, wish, record));
    const records = steps.flatMap(({ before, record: one }) => (one ? [[before.path, one] as const] : []));
    const explicit = wish.expose ?? record?.expose;
    return {
      host,
      steps,
      expose,
      record: { ...(explicit && { expose: explicit }), approve, files: Object.fromEntries(records) },
      notes: steps.flatMap((step) => notesOn(step, place)),
    };
  } catch (error) {
    return { host, reason: wordsOf(error) };
  }
}

/** What a link and a file elsewhere mean for the person. */
function notesOn(step: Step, place: Place): string[] {
  const { path, target } = step.before;
  if (!changes(step) || path === target) return [];
  const outside = target.startsWith(`${place.home}/`) ? '' : ', outside your home';
  return [`${path} is a link; the file that changes is ${target}${outside}.`];
}

/** The text without what setup put in, byte for byte; undefined where that cannot be had. `null`: no file. */
export function withoutOurs(record: FileRecord | undefined, text: string | undefined): string | null | undefined {
  if (!record?.back || text === undefined || hashOf(text) !== record.after) return undefined;
  if (record.before === null) return null;
  const base = patchedBy(text, record.back);
  return hashOf(base) === record.before ? base : undefined;
}

function planFile(
  host: Host,
  file: HostFile,
  place: Place,
  registration: Registration,
  wish: Wish,
  known: HostRecord | undefined,
): Step {
  const path = file.path(place);
  const before = snapshotOf(path);
  const document = readDocument(path, file, before.text);
  const record = recordFor(known?.files[path], before.text);
  const clean = withoutOurs(record, before.text);
  const base = clean === undefined ? before.text : (clean ?? undefined);
  const start = clean === undefined ? document : readDocument(path, file, base);
  const edits = editsFor(host, file, registration, start, wish, path);
  const earlier = clean === undefined ? (record?.puts ?? []) : [];
  const { after, stale, delta } = guarded(path, () => {
    const stale = obsolete(start, earlier, putsOf(edits));
    const delta = deltaOf(changed(start, stale.changes), edits);
    return { after: editedText(file, base, [...stale.changes, ...delta.changes]), stale, delta };
  });
  if (after === before.text) return { before, after, record: known?.files[path] && record };
  if (after === undefined) return { before, after, record: undefined };
  const puts = composed(
    earlier.filter((put) => !stale.puts.includes(put)),
    delta.puts,
  );
  const own: FileRecord = {
    before: base === undefined ? null : hashOf(base),
    after: hashOf(after),
    back: earlier.length === 0 ? patchesBetween(after, base ?? '') : null,
    puts,
    folders: record?.folders ?? missingFolders(path),
  };
  if (record) {
    const { former: _, ...last } = record;
    own.former = last;
  }
  return { before, after, original: base, record: puts.length === 0 ? undefined : own };
}

/** No change leaves a file that is not there absent. */
const editedText = (file: HostFile, base: string | undefined, wanted: readonly Change[]): string | undefined =>
  wanted.length === 0 ? base : edited(file.format, base ?? '', wanted);

/** What cannot be edited becomes the reason why the host is left as it is. */
function guarded<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw untouched(
      path,
      wordsOf(error),
      'Register qantara there by hand, or change that, and run setup again.',
      error,
    );
  }
}

/** The edits of a file. A server of our name that is not ours stops the host, or gives way when the person said so. */
function editsFor(
  host: Host,
  file: HostFile,
  registration: Registration,
  current: JsonObject,
  wish: Wish,
  path: string,
): Edit[] {
  const edits = guarded(path, () => file.edits(registration, current));
  const entry = file === host.files[0] ? valueAt(current, host.entry) : undefined;
  if (entry === undefined || isOurs(entry)) return edits;
  if (!wish.replace) {
    throw new QantaraError('file_untouched', {
      path,
      problem: `it has a server "${host.entry.at(-1)}" that is not this one: ${brief(entry)}`,
      remedy: 'Rename or remove that one, or pass --replace to put this one in its place.',
    });
  }
  return edits.map((edit) =>
    edit.kind === 'merge' && edit.path.join('\0') === host.entry.join('\0') ? { ...edit, kind: 'replace' } : edit,
  );
}

/** What a foreign entry starts, without its environment, which may hold secrets. */
function brief(entry: Json): string {
  if (!isObject(entry)) return JSON.stringify(entry);
  const { env: _env, environment: _environment, headers: _headers, ...rest } = entry;
  return JSON.stringify(rest);
}
