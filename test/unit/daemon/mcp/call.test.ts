import { expect, test } from 'vitest';
import type { Caller } from '../../../../daemon/caller.ts';
import { blockingLimit, wasCancelled } from '../../../../daemon/mcp/call.ts';
import { agentNamed } from '../../../../shared/agents/index.ts';
import { resolvePolicy } from '../../../../shared/policy.ts';
import { proves } from '../../../promises.ts';

const cancelled = (reason: unknown, elapsedMs: number, hostLimitMs: number) =>
  wasCancelled(AbortSignal.abort(reason), elapsedMs, hostLimitMs);

test(`${proves('B-12')} a person’s cancel stops the job, a lost connection does not`, () => {
  expect(cancelled('AbortError: remote-cancel', 5_000, 300_000)).toBe(true);
  expect(cancelled(undefined, 5_000, 300_000)).toBe(true);
  expect(cancelled({ code: 'CONNECTION_CLOSED' }, 5_000, 300_000)).toBe(false);
  expect(wasCancelled(new AbortController().signal, 5_000, 300_000)).toBe(false);
});

test(`${proves('B-10')} the host’s own time-out is no cancel: it says so, or the call is as old as its limit`, () => {
  expect(cancelled('McpError: MCP error -32001: Request timed out', 5_000, 300_000)).toBe(false);
  // Codex 0.169 gives the same words for its time-out as for a person's interrupt.
  expect(cancelled('MCP request cancelled by caller', 300_260, 300_000)).toBe(false);
});

test(`${proves('B-10')} a blocking call ends before the host’s limit, whether configured or the host’s default`, () => {
  const caller = (hostTimeoutMs: string, host?: string) =>
    ({
      policy: resolvePolicy([{ origin: '', label: String, values: { host_timeout_ms: hostTimeoutMs } }]),
      hostAgent: host === undefined ? undefined : agentNamed(host),
    }) as Caller;
  expect(blockingLimit(caller('0', 'codex'), 600_000)).toBe(290_000);
  expect(blockingLimit(caller('60000', 'codex'), 600_000)).toBe(54_000);
  expect(blockingLimit(caller('0', 'claude'), 600_000)).toBe(600_000);
  expect(blockingLimit(caller('0'), 600_000)).toBe(600_000);
});
