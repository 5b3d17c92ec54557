/** What the owner can set: rows of a table, each of which says all there is to know about one key. */
export type Value = string | number | boolean | readonly string[] | undefined;

export interface Setting<V extends Value = Value> {
  /** One line for the owner: what it decides. */
  meaning: string;
  /** What a value may be, in words that complete "which is not …". */
  expected: string;
  /** Undefined: not set. */
  fallback: V;
  /** The value of a text, or `null` when it is none. A list is a text with commas. */
  read(text: string): V | null;
  /** The lesser of a value and a ceiling; absent where a ceiling means nothing. */
  cut?(value: V, ceiling: V): V;
  /** A value of this key is never shown. */
  secret?: true;
}

/** A table of settings by name, in snake case as in config.toml. */
export type Settings = Readonly<Record<string, Setting>>;

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** The values of a table, under the names that the code uses: `max_depth` is `maxDepth`. */
export type Values<Table extends Settings> = {
  -readonly [Name in keyof Table & string as Camel<Name>]: Table[Name] extends Setting<infer V> ? V : never;
};

/** The values of `table` as an object of the code; `values` holds them under their names in the table. */
export const valuesOf = <Table extends Settings>(table: Table, values: Record<string, Value>): Values<Table> =>
  Object.fromEntries(Object.keys(table).map((name) => [camel(name), values[name]])) as Values<Table>;

const camel = (name: string): string => name.replace(/_(.)/g, (_all, letter: string) => letter.toUpperCase());

const lesser = (value: number, ceiling: number): number => Math.min(value, ceiling);

/** A whole number of `unit` from `least` up. */
export const whole = (fallback: number, least: number, unit: string, meaning: string): Setting<number> => ({
  meaning,
  fallback,
  expected: `a whole number of ${unit} from ${least} up`,
  read: (text) => (/^\d{1,15}$/.test(text) && Number(text) >= least ? Number(text) : null),
  cut: lesser,
});

/** A number of `unit` above 0, which need not be whole. */
export const positive = (fallback: number, unit: string, meaning: string): Setting<number> => ({
  meaning,
  fallback,
  expected: `a number of ${unit} above 0`,
  read: (text) => (/^\d{1,15}(\.\d{1,15})?$/.test(text) && Number(text) > 0 ? Number(text) : null),
  cut: lesser,
});

/** An amount of money. */
export const dollars = (meaning: string): Setting<number> => ({
  ...positive(0, '', meaning),
  expected: 'an amount of US dollars above 0, such as 2.50',
});

/** The same setting with nothing as its default. */
export const optional = <V extends Value>({ cut, ...setting }: Setting<V>): Setting<V | undefined> => ({
  ...setting,
  fallback: undefined,
  ...(cut && {
    // What is not set has no limit of its own, so the ceiling is it.
    cut: (value, ceiling) => (value === undefined ? ceiling : ceiling === undefined ? value : cut(value, ceiling)),
  }),
});

/** One of `values`. */
export const choice = <One extends string, V extends One | undefined>(
  values: readonly One[],
  fallback: V,
  meaning: string,
): Setting<One | V> => ({
  meaning,
  fallback,
  expected: `one of ${values.join(', ')}`,
  read: (text) => values.find((value) => value === text) ?? null,
});

const switches: Record<string, boolean> = { 1: true, 0: false, true: true, false: false, on: true, off: false };

/** On or off. */
export const flag = (fallback: boolean, meaning: string): Setting<boolean> => ({
  meaning,
  fallback,
  expected: '1 or 0',
  read: (text) => switches[text.toLowerCase()] ?? null,
});

/** Items that each pass `isItem`, in a list or a text with commas; it may be empty. */
export const list = (
  fallback: readonly string[],
  isItem: (item: string) => boolean,
  expected: string,
  meaning: string,
): Setting<readonly string[]> => ({
  meaning,
  fallback,
  expected,
  read: (text) => {
    const items = text === '' ? [] : text.split(',').map((item) => item.trim());
    return items.every(isItem) ? items : null;
  },
});
