/** Reading JSON whose shape is someone else's promise: every accessor answers, none throws. */
export type Loose = Readonly<Record<string, unknown>>;

const nothing: Loose = Object.freeze({});

/** The value as an object; an empty one when it is anything else. */
export const object = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : nothing;

/** The value as a list; an empty one when it is anything else. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The value when it is a string that is not empty. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The value when it is a finite number. */
export const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** The object that a line holds, or undefined when it is not one JSON object. */
export function objectOf(line: string): Loose | undefined {
  const start = line.trim();
  if (!start.startsWith('{')) return undefined;
  try {
    return object(JSON.parse(start));
  } catch {
    // Not JSON: a plain text line that happens to start with a brace, or one that was cut off.
    return undefined;
  }
}

/** The last object among the lines of `output` that `keep` wants. */
export const lastObject = (output: string, keep: (entry: Loose) => boolean): Loose | undefined =>
  output
    .split('\n')
    .map(objectOf)
    .findLast((entry) => entry !== undefined && keep(entry));

/** The sentence inside a provider's JSON error body, wherever `message` holds one; other words as they are. */
export function sentence(message: string): string {
  const start = message.indexOf('{"error"');
  if (start < 0) return message;
  const body = objectOf(message.slice(start, message.lastIndexOf('}') + 1));
  return text(object(body?.error).message) ?? message;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const styling = /\u001b\[[0-9;]*m/g;

/** The last three lines of `output` that are not `noise`, without colours, as one line of at most 500 characters. */
export const lastWords = (output: string, noise: RegExp): string | undefined =>
  text(
    output
      .replace(styling, '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !noise.test(line))
      .slice(-3)
      .join(' ')
      .slice(-500),
  );
