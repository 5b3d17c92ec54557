import type { ErrorCode, ErrorData } from './errors.ts';

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

/** The body of an answer other than 200 to a request that was understood: a code of the error table and its data. */
export interface Problem {
  code: ErrorCode;
  data: ErrorData;
}

/** One row of `GET /jobs`. Times are ms since the epoch. */
export interface JobRow {
  id: string;
  agent: string;
  state: string;
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
}
