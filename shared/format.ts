/** `45s`, `3m 05s`, `2h 10m`: a duration for people. `ms` below a second is shown as `<1s`. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return '<1s';
  if (seconds < 60) return `${seconds}s`;
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

const unsafe = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** Most texts are printable ASCII, told at once; a program that ends soon need not compile the other pattern for them. */
const harmless = /^[ -~]*$/;

/**
 * What a terminal must not be told by an agent: escape sequences, other control characters, and the marks that
 * reverse or hide text. Line breaks and tabs become one space.
 */
export const safe = (text: string): string =>
  harmless.test(text) ? text : text.replace(/[\n\r\t]+/g, ' ').replace(unsafe, '\u{fffd}');

/** The same for a text of several lines: line breaks and tabs stay. */
export const safeText = (text: string): string =>
  text.replace(/\r\n/g, '\n').replace(/[^\n\t]+/g, (part) => part.replace(unsafe, '\u{fffd}'));

/** The text on one line, safe, and at most `length` characters, for lists. */
export function oneLine(text: string, length = 120): string {
  const line = safe(text.replace(/\s+/g, ' ').trim());
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
