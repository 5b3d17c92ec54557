import { agents } from '../shared/agents/index.ts';
import { jobStates } from '../shared/job.ts';
import { type Paths, pathsIn } from '../shared/paths.ts';
import { statsGroups } from '../shared/wire.ts';
import { commands } from './commands/index.ts';
import { ask } from './http.ts';
import { describeCommands, type Node, optionsOf } from './quick.ts';
import { safe } from './terminal.ts';
import { topics } from './topics.ts';

/** One candidate and what it is, in words. */
type Candidate = readonly [word: string, about: string];

/** Nobody waits longer for a Tab; ms. No daemon is started for one. */
const answerMs = 1_000;
const mostRows = 100;

/**
 * `qantara __complete WORDS…`: what the last of the words after `qantara` may become, one candidate a line with a tab
 * and its description; a line `:files` where a path is wanted. Never fails: what cannot be known has no candidates.
 */
export async function complete(words: readonly string[]): Promise<void> {
  const found = await candidatesFor(words).catch(() => []);
  const typed = words.at(-1) ?? '';
  if (found === 'files') return console.log(':files');
  // `--option=value`: shells differ in what they take for the word; ours replaces all of it.
  for (const [word, about] of found.filter(([word]) => word.startsWith(typed))) console.log(`${word}\t${safe(about)}`);
}

async function candidatesFor(words: readonly string[]): Promise<readonly Candidate[] | 'files'> {
  const root = describeCommands(await Promise.all(commands.map(({ load }) => load())));
  let node = root;
  let at = 0;
  for (let child = root.children.get(words[0] ?? ''); child && at < words.length - 1; ) {
    node = child;
    at += 1;
    child = node.children.get(words[at] ?? '');
  }
  const typed = words.at(-1) ?? '';
  const before = words.slice(at, -1);
  if (before.includes('--')) return positional(node, before);
  const last = before.at(-1) ?? '';
  const options = optionsOf(node);
  const waiting = options.find(({ long, short, required }) => required && [long, short].includes(last));
  if (waiting) return values(waiting.long?.slice(2) ?? '', waiting.argChoices);
  if (typed.startsWith('-')) return [...options.map(optionCandidate), ['--help', 'what it does, with examples']];
  if (node.children.size > 0 && before.some((word) => !word.startsWith('-'))) return [];
  if (node.children.size > 0) return [...node.children].map(([name, child]) => [name, child.about]);
  return positional(node, before);
}

const optionCandidate = ({ long, short, description }: ReturnType<typeof optionsOf>[number]): Candidate => [
  long ?? short ?? '',
  description,
];

/** The candidates for the next argument. */
function positional(node: Node, before: readonly string[]): Promise<readonly Candidate[] | 'files'> {
  const valued = optionsOf(node)
    .filter(({ required }) => required)
    .flatMap(({ long, short }) => [long, short]);
  const given = before.filter((word, at) => !word.startsWith('-') && !valued.includes(before[at - 1] ?? ''));
  const argument =
    node.arguments[given.length] ?? (node.arguments.at(-1)?.variadic ? node.arguments.at(-1) : undefined);
  return argument ? values(argument.name(), argument.argChoices) : Promise.resolve([]);
}

const bare = (names: readonly string[]): Candidate[] => names.map((name) => [name, '']);

interface Row {
  id: string;
  agent: string;
  state?: string;
  task?: string;
  cwd: string;
}

/** What an option or an argument of this name takes. */
async function values(name: string, choices?: readonly string[]): Promise<readonly Candidate[] | 'files'> {
  if (choices) return bare(choices);
  const paths = pathsIn();
  const sources: Record<string, () => Promise<readonly Candidate[]> | readonly Candidate[] | 'files'> = {
    job: async () => (await rows(paths, '/jobs')).map((row) => [row.id, `${row.state} ${row.task}`]),
    session: async () => (await rows(paths, '/sessions')).map((row) => [row.id, `${row.agent} ${row.cwd}`]),
    agent: () => agents.map((agent) => [agent.name, agent.title]),
    expose: () => bare(['all', ...agents.map((agent) => agent.name)]),
    host: async () => {
      const { hosts } = await import('../setup/hosts/index.ts');
      return hosts.map((host) => [host.name, host.title]);
    },
    state: () => bare(jobStates),
    by: () => bare(statsGroups),
    topic: () => Object.entries(topics).map(([topic, { about }]) => [topic, about]),
    shell: () => bare(['bash', 'zsh', 'fish']),
    cwd: () => 'files',
    file: () => 'files',
  };
  return (await sources[name]?.()) ?? [];
}

const rows = (paths: Paths, path: string): Promise<Row[]> =>
  ask<Row[]>(paths, 'GET', `${path}?limit=${mostRows}`, { silenceMs: answerMs });
