import type { Access, Mode } from './agents/agent.ts';
import type { ErrorCode, ErrorData } from './errors.ts';
import type { AgentEvent, Usage } from './events.ts';
import type { JobState } from './job.ts';

/**
 * What a shim and a daemon say to each other before MCP begins.
 *
 * The shim opens the socket, asks to upgrade `GET /mcp` to `qantara-mcp/<protocol>`, and after `101` sends one line:
 * its hello as JSON. From then on every line in either direction is one JSON-RPC message of MCP, unchanged.
 * A daemon that refuses (another protocol, a browser) answers with another HTTP status and a `text/plain` reason.
 */
export const PROTOCOL = 1;
export const UPGRADE = `qantara-mcp/${PROTOCOL}`;
export const MCP_ROUTE = '/mcp';
/** Bytes; a longer line from a host is refused by the shim. The daemon's own buffer must be larger than this. */
export const maxLineBytes = 32 * 1024 * 1024;

export interface Hello {
  protocol: number;
  /** The shim's release. */
  version: string;
  /** Random, one per shim process. With a request's id it is the key under which a call runs only once. */
  shimId: string;
  /** `--host NAME`; without it the daemon goes by `clientInfo`. */
  host?: string;
  pid: number;
  cwd: string;
  /** The whole environment of the shim: `BRIDGE_*` is policy, the rest is for delegates. Never stored nor logged. */
  environment: Record<string, string>;
}

/** `GET /status`. */
export interface Status {
  version: string;
  protocol: number;
  pid: number;
  home: string;
  startedAt: number;
  jobs: Record<string, number>;
  /** What the person should know and do something about; whole sentences. */
  notices?: string[];
}

/** `GET /config`: config.toml as the daemon read it at its start. */
export interface ConfigRead {
  path: string;
  /** Every key that was written; the text of a secret one is empty. */
  entries: WrittenKey[];
  /** What has become of the file since; whole sentences. */
  notices: string[];
}

/** One key of config.toml as the owner wrote it. */
export interface WrittenKey {
  /** The section's path in the file. */
  path: string[];
  name: string;
  /** As a variable would hold it. */
  text: string;
  line: number;
}

/** The body of an answer other than 200 to a request that was understood: a code of the error table and its data. */
export interface Problem {
  code: ErrorCode;
  data: ErrorData;
}

/** The body of `POST /asks`: an ask of a person, or of an agent that has a shell and no MCP. */
export interface TerminalAsk {
  /** Random, one for each ask. Sent again, after a restart of the daemon, it finds the job that it made. */
  key: string;
  agent: string;
  /** As those of `ask_<agent>`. */
  arguments: Record<string, unknown>;
  /** A limit of the caller's own, which counts where it is less than policy's. */
  timeLimitMs?: number;
  caller: Pick<Hello, 'pid' | 'cwd' | 'environment'>;
}

/** One row of `GET /jobs`. Times are ms since the epoch. */
export interface JobRow {
  id: string;
  agent: string;
  state: JobState;
  /** Its beginning, in a list. */
  task: string;
  cwd: string;
  host: string | null;
  parent: string | null;
  sessionId: string | null;
  background: boolean;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  error: string | null;
  /** As far as the CLI reports it, so far. */
  usage: Usage & { estimated?: true };
}

/** `GET /jobs/:id`: all that is known of a job but its answer and its events. */
export interface JobDetail extends JobRow {
  depth: number;
  exitCode: number | null;
  errorCode: ErrorCode | null;
  stopReason: string | null;
  mode: string;
  /** What that mode lets it do, what keeps it from more, and who holds it to it. */
  access: Access;
  holds: Mode['holds'];
  heldBy: string | null;
  model: string | null;
  reasoning: string | null;
  thinking: string | null;
  timeLimitMs: number;
  deliveredAt: number | null;
  /** What it is busy with, and the last few things it did, while it runs. */
  activity: { phase: string; actions: string[] } | null;
  children: JobRow[];
  /** At most 1,000. */
  files: { path: string; change: 'added' | 'changed' | 'deleted' }[];
  /** The policy it runs under: each setting, its value, and where that comes from. */
  policy: { name: string; value: unknown; origin: string }[];
  /** Bytes of the answer, which `GET /jobs/:id/output?file=answer` gives. */
  answerBytes: number;
  /** Absolute path of its folder. */
  folder: string;
}

/** A line of `GET /jobs/:id/events`: the job, at first, whenever its state has changed and at last; or an event. */
export type JobNews = { job: JobRow } | { seq: number; at: number; event: AgentEvent };

/** The answer to `POST /jobs/prune`. */
export interface Pruned {
  jobs: string[];
  /** On disk, of all of them. */
  bytes: number;
}

/** One row of `GET /sessions`: a vendor's conversation that jobs began or went on with. */
export interface SessionRow {
  agent: string;
  /** The vendor's id, which `session_id` takes. */
  id: string;
  /** Where it began and is resumed. */
  cwd: string;
  /** Who used it last. */
  host: string;
  lastJob: string;
  /** ms since the epoch. */
  usedAt: number;
  /** The job that uses it now. */
  busy: string | null;
}

/** `GET /sessions/:id`. */
export interface SessionDetail extends SessionRow {
  /** Its jobs, the newest first; at most 1,000. */
  jobs: JobRow[];
}

export const statsGroups = ['agent', 'host', 'project', 'day'] as const;
export type StatsGroup = (typeof statsGroups)[number];

/** Sums over the jobs of a group. */
export interface StatsRow {
  /** Agent, host, directory, or day as `2026-11-25`. */
  key: string;
  jobs: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  timedOut: number;
  lost: number;
  unfinished: number;
  /** ms, of all that have ended, from their start. */
  ranMs: number;
  /** As far as the CLIs told; the same for the next three. Cached tokens are among the input. */
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  costUsd: number;
  /** Jobs of which no cost is known; `costUsd` is without them. */
  costUnknown: number;
}

/** `GET /stats`. */
export interface Stats {
  by: StatsGroup;
  /** ms since the epoch; 0: all jobs. */
  since: number;
  total: StatsRow;
  rows: StatsRow[];
}
