import { isRetryable, type QantaraError } from '../../shared/errors.ts';
import type { Caller } from '../caller.ts';
import type { Jobs } from '../jobs/context.ts';
import type { Report } from './progress.ts';
import { failure, type Reply } from './render.ts';

/** One `tools/call`, with everything its tool needs. */
export interface Call<Arguments> {
  jobs: Jobs;
  caller: Caller;
  given: Arguments;
  /** Shim id and request id: the same when a shim sends a call again after a restart of the daemon. */
  key: string;
  /** Aborts when the caller cancels or is gone; `wasCancelled` tells which. */
  signal: AbortSignal;
  /** Sends MCP progress; does nothing when the caller did not ask for it. */
  report: Report;
}

/** A failed delegation is a result that says what to do, never a JSON-RPC error. */
export const failureOf = (error: QantaraError): Reply =>
  failure(error.message, { 'qantara/error': { code: error.code, retryable: isRetryable(error.code) } });

/**
 * Whether an aborted call was cancelled on purpose. Not when its connection broke (a closed host never cancels a
 * job), nor when the host's own time limit caused it: the host says so, or the call is as old as that limit.
 */
export function wasCancelled(signal: AbortSignal, elapsedMs: number, hostLimitMs: number): boolean {
  const reason: unknown = signal.reason;
  if (!signal.aborted) return false;
  if (typeof reason === 'object' && reason !== null && 'code' in reason && reason.code === 'CONNECTION_CLOSED') {
    return false;
  }
  if (/tim(e|ed)[ -]?out/i.test(String(reason))) return false;
  return elapsedMs < hostLimitMs - 2_000;
}

/** How long before the host's own limit a blocking call hands over; ms. */
const marginMs = (hostLimitMs: number): number => Math.min(10_000, hostLimitMs / 10);

/** The host's own limit of a tool call; ms. Infinity where it is not known. */
export const hostLimitOf = (caller: Caller): number =>
  caller.policy.hostTimeoutMs || caller.hostAgent?.host.toolTimeoutMs || Number.POSITIVE_INFINITY;

/** The longest that a call of this caller may block when policy allows `limitMs`. */
export function blockingLimit(caller: Caller, limitMs: number): number {
  const host = hostLimitOf(caller);
  return Number.isFinite(host) ? Math.min(limitMs, host - marginMs(host)) : limitMs;
}
