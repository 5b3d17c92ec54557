/** The difference between two texts by lines: for people as a unified diff, and as the way back from one to the other. */

/** `remove` lines at line `at` (from 0) of the text it applies to give way to `insert`. Lines carry their ends. */
export interface LinePatch {
  at: number;
  remove: number;
  insert: string[];
}

/** The lines of a text, each with its end. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** What turns `before` into `after`, in order, in terms of the lines of `before`. */
export function patchesBetween(before: string, after: string): LinePatch[] {
  const a = linesOf(before);
  const b = linesOf(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return merged(steps(a.slice(start, a.length - end), b.slice(start, b.length - end)), start);
}

type Step = { keep: true } | { insert: string } | { remove: true };

/** Myers' greedy algorithm: O((a + b) · d), and d is what setup changes. */
function steps(a: readonly string[], b: readonly string[]): Step[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trail: Map<number, number>[] = [];
  for (let d = 0; ; d++) {
    trail.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
      let x = down ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest.set(k, x);
      if (x >= a.length && x - k >= b.length) return walkBack(trail, a.length, b);
    }
  }
}

function walkBack(trail: readonly Map<number, number>[], length: number, b: readonly string[]): Step[] {
  const back: Step[] = [];
  let x = length;
  let y = b.length;
  for (let d = trail.length - 1; d >= 0; d--) {
    const furthest = trail[d] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
    const previousK = down ? k + 1 : k - 1;
    const previousX = d === 0 ? 0 : (furthest.get(previousK) ?? 0);
    const previousY = d === 0 ? 0 : previousX - previousK;
    while (x > previousX && y > previousY) {
      back.push({ keep: true });
      x--;
      y--;
    }
    if (d > 0) back.push(down ? { insert: b[y - 1] ?? '' } : { remove: true });
    x = previousX;
    y = previousY;
  }
  return back.reverse();
}

function merged(script: readonly Step[], start: number): LinePatch[] {
  const patches: LinePatch[] = [];
  let at = start;
  let open: LinePatch | undefined;
  for (const step of script) {
    if ('keep' in step) {
      open = undefined;
      at++;
      continue;
    }
    if (!open) {
      open = { at, remove: 0, insert: [] };
      patches.push(open);
    }
    if ('insert' in step) open.insert.push(step.insert);
    else {
      open.remove++;
      at++;
    }
  }
  return patches;
}

/** The text after the patches. Only meaningful for the text that they were made for. */
export function patchedBy(text: string, patches: readonly LinePatch[]): string {
  const lines = linesOf(text);
  for (const { at, remove, insert } of patches.toReversed()) lines.splice(at, remove, ...insert);
  return lines.join('');
}

export interface Hunk {
  /** `@@ -1,2 +1,3 @@` */
  header: string;
  lines: { mark: ' ' | '+' | '-'; text: string }[];
}

const context = 3;

/** The hunks of a unified diff with three lines of context, as `diff -u` writes them. */
export function hunksOf(before: string, patches: readonly LinePatch[]): Hunk[] {
  const lines = linesOf(before);
  const groups: LinePatch[][] = [];
  for (const patch of patches) {
    const last = groups.at(-1)?.at(-1);
    if (last && patch.at - (last.at + last.remove) <= 2 * context) groups.at(-1)?.push(patch);
    else groups.push([patch]);
  }
  let shift = 0;
  return groups.map((group) => {
    const hunk = hunkOf(lines, group, shift);
    shift += group.reduce((sum, { remove, insert }) => sum + insert.length - remove, 0);
    return hunk;
  });
}

function hunkOf(lines: readonly string[], group: readonly LinePatch[], shift: number): Hunk {
  const last = group.at(-1);
  const from = Math.max(0, (group[0]?.at ?? 0) - context);
  const to = Math.min(lines.length, (last ? last.at + last.remove : 0) + context);
  const shown: Hunk['lines'] = [];
  let at = from;
  const keep = (end: number) => {
    for (; at < end; at++) shown.push({ mark: ' ', text: lines[at] ?? '' });
  };
  for (const patch of group) {
    keep(patch.at);
    for (; at < patch.at + patch.remove; at++) shown.push({ mark: '-', text: lines[at] ?? '' });
    for (const text of patch.insert) shown.push({ mark: '+', text });
  }
  keep(to);
  const old = shown.filter(({ mark }) => mark !== '+').length;
  const fresh = shown.filter(({ mark }) => mark !== '-').length;
  const start = (count: number, first: number) => (count === 0 ? first : first + 1);
  return { header: `@@ -${start(old, from)},${old} +${start(fresh, from + shift)},${fresh} @@`, lines: shown };
}
