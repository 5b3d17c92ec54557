import type { Edit, JsonObject, KeyPath } from './edits.ts';
import type { Format } from './format.ts';

/** Where setup works: nothing in setup/ reads the process's own HOME or environment behind the caller's back. */
export interface Place {
  /** Absolute; the person's home. */
  home: string;
  environment: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
}

/** What a host is to know about the shim. */
export interface Registration {
  /** Absolute path of Node.js. */
  command: string;
  args: string[];
  /** For the shim: `BRIDGE_*`, and what has to be fixed at setup. */
  env: Record<string, string>;
  /** Whether the host shall run our tools without asking. */
  approve: boolean;
  /** Names of proxy variables that are set where setup runs. */
  proxies: string[];
}

/** A settings file of a host. */
export interface HostFile {
  path(place: Place): string;
  format: Format;
  /** What it shall hold; `current` is what it holds now. */
  edits(registration: Registration, current: JsonObject): Edit[];
}

/**
 * One program that starts MCP servers, as data: where its settings are, and what goes into them. For those that are
 * also agents of ours, `name` is the agent's.
 */
export interface Host {
  /** Lower case, for `--host`; also what the shim is started with. */
  name: string;
  title: string;
  /** The command line by which it is found; absent for an application that has none. */
  binary?: string;
  /** A folder that is there when it is installed, for what is not found by a binary. */
  folder?(place: Place): string;
  /** ms; how long it waits for a tool call once this registration is in place. */
  toolTimeoutMs: number;
  files: readonly HostFile[];
  /** Where the registration is: in the first of `files`. */
  entry: KeyPath;
  /** Whether our tools run without a question once it is registered with `approve`. */
  approval: boolean;
  /** What the person has to know or do beyond a restart. */
  note?: string;
  /** The command that asks it one thing headless, for the proof at the end; absent where it has none. */
  ask?(prompt: string): string;
  /** Whether a login is there, judged by files and variables alone: its own commands would write to its folders. */
  login?(place: Place): Login;
}

export type Login = 'yes' | 'none found';

/** What all hosts call our server. Hosts build tool names from it, so it never changes. */
export const serverName = 'qantara';

/**
 * ms; what setup raises a host's limit of a tool call to: above every limit of ours at its default. Whoever raises
 * `BRIDGE_TIMEOUT_MS` beyond it gets a job id when it comes.
 */
export const raisedTimeoutMs = 3_600_000;

/** ms; the limit of the MCP TypeScript SDK's clients, taken for hosts that do not document theirs. */
export const commonTimeoutMs = 60_000;
