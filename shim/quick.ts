import { parseArgs } from 'node:util';
import { Argument, type Command, Option } from 'commander';

/**
 * Runs a well-formed call without commander, whose loading and parsing cost 10 ms on Node 22, a fourth of an empty
 * Node. It takes down what a command tells commander of itself and reads the arguments by it. Whatever is not plain
 * (help, an error, a rare kind of option) is left to commander, so there is one definition of a command, one set of
 * messages, and nothing here has to be complete.
 */
type Action = (...values: never[]) => unknown;

/** An option as a command described it. */
interface Told {
  /** Without it nothing is passed to the action. */
  silent: boolean;
  make(): Option;
}

/** A command as it described itself. */
export interface Node {
  about: string;
  children: Map<string, Node>;
  options: Told[];
  arguments: Argument[];
  action?: Action;
  /** Whether all that was said of it is understood here. */
  plain: boolean;
}

class NotPlain extends Error {}

const nodeOf = (values: readonly string[]): Node => ({
  about: '',
  children: new Map(),
  options: [],
  arguments: values.map((value) => new Argument(value)),
  plain: true,
});

/** An option or argument as commander makes it of the parameters of `.option()` and `.argument()`. */
function withReader<Kind extends Option | Argument>(one: Kind, [read, fallback]: unknown[]): Kind {
  if (typeof read === 'function') one.default(fallback).argParser(read as never);
  else one.default(read);
  return one;
}

interface Rare {
  conflictsWith: string[];
  implied?: object;
}

const isRare = (option: Option): boolean => {
  const { negate, optional, variadic, mandatory, envVar, presetArg } = option;
  const { conflictsWith, implied } = option as unknown as Rare;
  return Boolean(negate || optional || variadic || mandatory || envVar || presetArg || implied || conflictsWith.length);
};

/** Takes down in `node` what is said to it as to a `Command`. After anything else the command is not plain. */
function recorderOf(node: Node): Command {
  const known = {
    command(spec: string, ...more: unknown[]) {
      const [name = '', ...values] = spec.split(/ +/);
      const child = nodeOf(values);
      child.plain = more.length === 0;
      node.children.set(name, child);
      return recorderOf(child);
    },
    option(flags: string, about: string, ...more: unknown[]) {
      const silent = more.length === 0 && !/--no-|[[.]/.test(flags);
      node.options.push({ silent, make: () => withReader(new Option(flags, about), more) });
      return recorder;
    },
    addOption(option: Option) {
      node.options.push({ silent: false, make: () => option });
      return recorder;
    },
    argument(spec: string, about: string, ...more: unknown[]) {
      node.arguments.push(withReader(new Argument(spec, about), more));
      return recorder;
    },
    action(action: Action) {
      node.action = action;
      return recorder;
    },
    addArgument(argument: Argument) {
      node.arguments.push(argument);
      return recorder;
    },
    description(about: string) {
      node.about = about;
      return recorder;
    },
    summary: () => recorder,
    usage: () => recorder,
    addHelpText: () => recorder,
  };
  const other = (): Command => {
    node.plain = false;
    return recorder;
  };
  const recorder = new Proxy(known, {
    get: (_known, name) => known[name as keyof typeof known] ?? other,
  }) as unknown as Command;
  return recorder;
}

type Reader = ((text: string, previous: unknown) => unknown) | undefined;

/** The options of a command. */
export const optionsOf = (node: Node): Option[] => node.options.map(({ make }) => make());

function readOptions(node: Node, args: readonly string[]): { values: Record<string, unknown>; rest: string[] } {
  // To make the nine of `jobs ls` costs 2 ms.
  const told = args.length === 0 ? node.options.filter(({ silent }) => !silent) : node.options;
  const options = told.map(({ make }) => make());
  if (options.some(isRare)) throw new NotPlain();
  const named = new Map(options.map((option) => [option.attributeName(), option]));
  const values: Record<string, unknown> = {};
  for (const [name, { defaultValue }] of named) if (defaultValue !== undefined) values[name] = defaultValue;
  if (args.length === 0) return { values, rest: [] };
  const config = options.map((option) => {
    const long = option.long?.slice(2);
    if (!long) throw new NotPlain();
    const type = option.required ? ('string' as const) : ('boolean' as const);
    return [long, { type, ...(option.short && { short: option.short.slice(1) }) }] as const;
  });
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(config),
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = options.find(({ long }) => long === `--${token.name}`) as Option;
    const name = option.attributeName();
    const read = option.parseArg as Reader;
    values[name] = token.value === undefined ? true : read ? read(token.value, values[name]) : token.value;
  }
  return { values, rest: positionals };
}

function readArguments(wanted: readonly Argument[], given: readonly string[]): unknown[] {
  if (given.length > wanted.length && !wanted.at(-1)?.variadic) throw new NotPlain();
  return wanted.map((argument, at) => {
    const texts = argument.variadic ? given.slice(at) : given.slice(at, at + 1);
    if (texts.length === 0 && argument.required) throw new NotPlain();
    const read = argument.parseArg as Reader;
    const fallback = argument.defaultValue as unknown;
    if (texts.length === 0) return argument.variadic ? (fallback ?? []) : fallback;
    if (argument.variadic && !read) return texts;
    return texts.reduce<unknown>((previous, text) => (read ? read(text, previous) : text), fallback);
  });
}

/** The commands that these functions describe, below one that has no name. */
export function describeCommands(adds: readonly ((program: Command) => void)[]): Node {
  const root = nodeOf([]);
  for (const add of adds) add(recorderOf(root));
  return root;
}

/** What the arguments ask of the command that `add` describes, ready to run; undefined where commander must read them. */
export function quick(add: (program: Command) => void, args: readonly string[]): (() => unknown) | undefined {
  try {
    let node = describeCommands([add]);
    let at = 0;
    for (let child = node.children.get(args[at] ?? ''); child; child = node.children.get(args[at] ?? '')) {
      node = child;
      at += 1;
    }
    const { action } = node;
    // An action that takes commander's own object too cannot do without it.
    if (!action || !node.plain || node.children.size > 0 || action.length > node.arguments.length + 1) return undefined;
    const { values, rest } = readOptions(node, args.slice(at));
    const given = readArguments(node.arguments, rest);
    return () => action(...([...given, values] as never[]));
  } catch {
    return undefined; // not plain, or wrong: commander tells which
  }
}
