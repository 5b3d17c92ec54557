import type { ErrorCode } from '../errors.ts';
import type { AgentEvent, Summary } from '../events.ts';

/**
 * What an agent may do to the machine, in order: look, edit the workspace, everything.
 * Each agent's own modes map onto it, so that a delegation can be held to less than its registration says.
 */
export type Access = 'read' | 'edit' | 'full';
export const accessLevels: readonly Access[] = ['read', 'edit', 'full'];

/** A permission mode of an agent: how much it lets the agent do, and what keeps the agent from more. */
export interface Mode {
  readonly name: string;
  readonly access: Access;
  /** The operating system, for what the agent runs; the CLI's own approval rules; or nothing. */
  readonly holds: 'sandbox' | 'rule' | 'nothing';
}

export const reasoningLevels = ['low', 'medium', 'high'] as const;
export const thinkingLevels = ['off', 'think', 'think_hard', 'ultrathink'] as const;
export type Reasoning = (typeof reasoningLevels)[number];
export type Thinking = (typeof thinkingLevels)[number];

/** The session ids of the agents so far. */
export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** One run of an agent CLI, after policy: everything that becomes an argument, a variable or stdin. */
export interface Run {
  /** What the agent reads on stdin. Never an argument: no length limit, nothing in the process list. */
  prompt: string;
  /** Absolute path; the CLI is started there. */
  cwd: string;
  /** The agent's own name of its permission mode; one of `modes`. */
  mode: string;
  /** The mode is a limit: what the owner's or the repository's own settings allow beyond it is shut as far as the CLI can. */
  held?: boolean;
  /** Of a held run of an agent with a `wall`: the absolute path of that file. */
  wall?: string;
  /** Vendor's id of the conversation to resume. Has the shape of an id (checked), so it is no flag. */
  sessionId?: string;
  /** Has the shape of a model name (checked), so it is no flag. */
  model?: string;
  reasoning?: Reasoning;
  thinking?: Thinking;
  /** What the run may cost at most, above 0; for CLIs that hold themselves to it. */
  maxCostUsd?: number;
}

/** How a CLI process ended. `code` as a shell reports it (128 + signal), `null` when it is unknown. */
export interface Exit {
  code: number | null;
  /** The end of stderr, at most 64 KiB. */
  stderr: string;
  /** The end of stdout, at most 64 KiB: some CLIs print a plain text error there before any JSON. */
  stdout: string;
}

export interface Failure {
  code: ErrorCode;
  /** The vendor's words, one or two lines. */
  message: string;
  retryAt?: string;
}

/**
 * What stands in a line of a CLI's stream between two marks, and which no event tells. It may be nearly all of a line.
 * A mark is ASCII and has an unescaped quote within it, so it is no part of a text; `end` begins with the quote that ends
 * the text.
 */
export interface Bulk {
  readonly begin: string;
  readonly end: string;
}

/**
 * One agent: a pure description of its CLI. No function here does I/O, keeps state or throws, so recorded streams
 * test all of it. The runner half says how to run the CLI; the host half what it is like as a caller of ours.
 */
export interface Agent {
  /** Lower-case name: `ask_<name>`, the prefix of job ids, `--host <name>`. */
  readonly name: string;
  readonly title: string;
  /** The executable, looked up on the delegate's PATH. */
  readonly binary: string;
  /** The command that installs it, for error messages. */
  readonly install: string;
  /** The command a person logs in with, for error messages. */
  readonly login: string;
  /** One sentence for the model that chooses an agent: what this one is good for. */
  readonly strengths: string;
  /** Releases of its CLI that the end-to-end tests run, the oldest first. */
  readonly tested: readonly string[];

  /** The permission modes that the owner may set. The first of a level is the one that others are narrowed to. */
  readonly modes: readonly Mode[];
  /** Names of the policy settings (lower case, without `BRIDGE_`) that concern this agent, and their defaults. */
  readonly settings: {
    readonly mode: { readonly name: string; readonly fallback: string };
    readonly model: string;
    /** Present where the agent has a policy default for reasoning. */
    readonly reasoning?: string;
  };
  /** Values of the optional parameters that the CLI can honour; an empty list means that it is refused. */
  readonly supports: { readonly reasoning: readonly Reasoning[]; readonly thinking: readonly Thinking[] };

  /** The only shape of a session id: the CLIs take other texts for a title, an index or a wish for a new session. */
  readonly sessionId: RegExp;

  /** The arguments after the binary. The prompt is never among them. */
  args(run: Run): string[];
  /** The file of a project's instructions, where a held run does not load it and is told to read it. */
  readonly instructions?: string;
  /** The text of a file that a held run needs, where the CLI has no argument for it. */
  wall?(run: Run): string;
  /** The arguments with which a person goes on with a session in the CLI's own screen. The id has the shape of `sessionId`. */
  resume(sessionId: string): string[];
  /** Variables to set for the delegate beyond its environment. */
  environment(run: Run): Record<string, string>;
  /** Whether the totals of a resumed run are those of the whole session, earlier runs included. */
  readonly reportsSession?: true;
  /** The output of commands, which is not read where it is long. */
  readonly bulk?: Bulk;
  /** One line of stdout to events, with its bulk or without. Never throws; what it does not know is `raw`. */
  parse(line: string): AgentEvent[];
  /**
   * What the process says about a run whose stream alone does not explain it: an error in plain text on stderr, an
   * exit code with a meaning. Called after the process ended without a successful `result`. `undefined`: nothing.
   */
  explain(exit: Exit, summary: Summary): Failure | undefined;

  readonly host: {
    /** `clientInfo.name` values in MCP's `initialize`. */
    readonly clientNames: readonly string[];
    /** Variables that mark a session of this host; a delegate must not inherit them. A `*` at the end is a prefix. */
    readonly sessionVariables: readonly string[];
    /** Entries of PATH that the host adds for tools of its own; absent where it adds none. */
    readonly ownPath?: RegExp;
    /** The host's own limit of a tool call when nobody raised it; ms. */
    readonly toolTimeoutMs: number;
    /** The host's id of the conversation that makes this call, where it tells: from the shim's environment or the call's `_meta`. */
    session(environment: Record<string, string | undefined>, meta: Record<string, unknown>): string | undefined;
    /** The caller's workspace where the host tells it other than by the shim's working directory. */
    workspace(environment: Record<string, string | undefined>, meta: Record<string, unknown>): string | undefined;
    /** How much the host's own sandbox lets it do at this call, where it tells; undefined where it does not. */
    sandbox(environment: Record<string, string | undefined>, meta: Record<string, unknown>): Access | undefined;
  };
}
