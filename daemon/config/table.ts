import { isIP } from 'node:net';
import { agents } from '../../shared/agents/index.ts';
import { settings } from '../../shared/policy.ts';
import { dollars, flag, list, optional, positive, type Setting, type Settings, whole } from '../../shared/setting.ts';

/**
 * config.toml as one table: every section with every key. Parsing, errors, the default file that setup writes and
 * `qantara config` come from it, so a new key is a new row.
 */
export interface Section {
  /** As in the file; `anyName` stands for a name of the owner's choice. */
  path: readonly string[];
  /** One line for the owner. */
  meaning: string;
  keys: Settings;
  /** What a key of the owner's choice may be and hold; absent where only `keys` are known. */
  anyKey?: Setting & { isKey(name: string): boolean };
  /** The section that lists the same keys, so that the default file need not list them twice. */
  asIn?: string;
  /** Keys without which it means nothing. */
  required?: readonly string[];
}

export const anyName = '<name>';

const pattern = /^[A-Za-z_][A-Za-z0-9_]*\*?$|^\*$/;
const patterns = (meaning: string): Setting<readonly string[]> =>
  list([], (name) => pattern.test(name), 'a list of variable names, each with or without * at its end', meaning);

/** Which variables reach a delegate beyond and despite the built-in rules. */
export const env = {
  pass: patterns('other vendors’ session variables that reach a delegate all the same, e.g. ["CLAUDE_CODE_*"]'),
  drop: patterns('variables that reach no delegate, e.g. ["AWS_*"]'),
} satisfies Settings;

const variable: Section['anyKey'] = {
  meaning: 'a variable of every delegate',
  isKey: (name) => /^(?!QANTARA_|BRIDGE_)[A-Za-z_][A-Za-z0-9_]*$/.test(name),
  expected: 'the name of a variable, which QANTARA_… and BRIDGE_… are not',
  fallback: '',
  read: (text) => text,
  secret: true,
};

export const limits = {
  // Enough to keep several hosts busy, and not so many that agents starve each other.
  max_running: whole(
    16,
    1,
    'jobs',
    'jobs at once; the others queue. One that has delegated does not count until that ends',
  ),
  max_running_per_host: optional(whole(0, 1, 'jobs', 'the same of one host, with all that they delegate')),
  max_running_per_tree: optional(whole(0, 1, 'jobs', 'the same of one delegation with all that it delegates')),
  max_calls_per_tree: optional(whole(0, 1, 'calls', 'delegations in one tree')),
  max_calls_per_day: optional(whole(0, 1, 'calls', 'delegations of all hosts in a day')),
  max_tokens_per_tree: optional(whole(0, 1, 'tokens', 'input and output in one tree')),
  max_tokens_per_day: optional(whole(0, 1, 'tokens', 'input and output of all hosts in a day')),
  max_cost_usd_per_tree: optional(dollars('cost of one tree')),
  max_cost_usd_per_day: optional(dollars('cost of all hosts in a day')),
  // Far more than an agent says in hours, and less than fills a disk.
  max_job_bytes: whole(1024 ** 3, 1, 'bytes', 'output of one job on disk, before it is stopped'),
} satisfies Settings;

const ofAgents: Settings = Object.fromEntries(
  agents.map(({ name, title }) => [
    name,
    optional(whole(0, 1, 'jobs', `jobs of ${title} at once; not set: only the total counts`)),
  ]),
);

const rate = (meaning: string): Setting<number> => ({
  meaning,
  fallback: 0,
  expected: 'a number of US dollars from 0 up',
  read: (text) => (/^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : null),
});

export const prices = {
  input: rate('input'),
  output: rate('output'),
  cached: optional(rate('input from the cache; not set: as other input')),
} satisfies Settings;

export const retention = {
  max_age_days: positive(30, 'days', 'since the end of a job'),
  max_bytes: whole(10 * 1024 ** 3, 1, 'bytes', 'of all job folders together; the oldest go first'),
  keep_prompts: flag(true, 'false: task, answer and output go a quarter of an hour after a result was read'),
} satisfies Settings;

/** `[::1]:4000` as its two parts. */
export const addressOf = (text: string): { host: string; port: number } | undefined => {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[0-9.]+|localhost):(\d{1,5})$/.exec(text) ?? [];
  const valid = host && (host === 'localhost' || isIP(host.replace(/^\[|\]$/g, ''))) && Number(port) <= 65_535;
  return valid ? { host, port: Number(port) } : undefined;
};

export const http = {
  listen: {
    meaning: 'TCP port beside the socket, for programs that cannot use that; a request brings the token in http-token',
    fallback: undefined,
    expected: 'an address and port such as 127.0.0.1:4180',
    read: (text) => (addressOf(text) ? text : null),
  } as Setting<string | undefined>,
  allow_remote: flag(false, 'the port may be one that other machines reach. There is no encryption'),
} satisfies Settings;

/** A ceiling needs an order: a setting that has none cannot be held below one. */
const limitable: Settings = Object.fromEntries(
  Object.entries(settings).flatMap(([name, setting]) => (setting.cut ? [[name, optional(setting)] as const] : [])),
);

export const sections: readonly Section[] = [
  { path: ['policy'], meaning: 'For every host, below what its registration says (BRIDGE_<NAME>).', keys: settings },
  { path: ['hosts', anyName], meaning: 'The same for one host, over [policy].', keys: settings, asIn: 'policy' },
  {
    path: ['ceiling'],
    meaning: 'Nobody gets more than this, whatever a registration says.',
    keys: limitable,
    asIn: 'policy',
  },
  {
    path: ['env'],
    meaning:
      'The environment of delegates: the login shell’s with the caller’s over it, without marks of a host’s session.',
    keys: env,
  },
  { path: ['env', 'set'], meaning: 'Variables of every delegate, NAME = "value".', keys: {}, anyKey: variable },
  { path: ['limits'], meaning: 'How much may run at once and be spent.', keys: limits },
  { path: ['limits', 'agents'], meaning: 'The same by agent.', keys: ofAgents },
  {
    path: ['prices', anyName],
    meaning: 'US dollars per million tokens, by the name of a model or an agent, where its CLI does not tell the cost.',
    keys: prices,
    required: ['input', 'output'],
  },
  { path: ['http'], meaning: 'No TCP port is open unless you say so.', keys: http },
  { path: ['retention'], meaning: 'What is kept of ended jobs; running and unread ones always stay.', keys: retention },
];

export const titleOf = (path: readonly string[]): string => `[${path.join('.')}]`;

/** Whether `path` is this section or leads to it. */
export const fits = (section: Section, path: readonly string[]): boolean =>
  path.length <= section.path.length &&
  path.every((part, at) => section.path[at] === anyName || section.path[at] === part);

/** The section at exactly this path. */
export const sectionAt = (path: readonly string[]): Section | undefined =>
  sections.find((one) => one.path.length === path.length && fits(one, path));

/** What a key of a section may hold; undefined where it has no such key. */
export const keyOf = ({ keys, anyKey }: Section, name: string): Setting | undefined =>
  Object.hasOwn(keys, name) ? keys[name] : anyKey?.isKey(name) ? anyKey : undefined;

export function isSecret(path: readonly string[], name: string): boolean {
  const section = sectionAt(path);
  return (section && keyOf(section, name)?.secret) === true;
}
