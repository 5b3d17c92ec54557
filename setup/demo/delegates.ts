import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import type { Agent } from '../../shared/agents/agent.ts';
import { agents } from '../../shared/agents/index.ts';
import { wordsOf } from '../../shared/errors.ts';

/** What there is of one agent's CLI: absent without a path, broken without a version. */
export interface Candidate {
  agent: Agent;
  path?: string;
  /** The first line of `--version`. */
  version?: string;
  /** Why it does not start. */
  problem?: string;
}

/** Gemini CLI takes 2 s for this on a slow machine; ms. */
const versionLimitMs = 20_000;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // absent, or not ours to run
  }
}

async function probe(agent: Agent, environment: Record<string, string>, signal: AbortSignal): Promise<Candidate> {
  const folders = (environment.PATH ?? '').split(':').filter(isAbsolute);
  const path = folders.map((folder) => join(folder, agent.binary)).find(isExecutable);
  if (path === undefined) return { agent };
  try {
    const options = { env: environment, timeout: versionLimitMs, killSignal: 'SIGKILL', signal } as const;
    const { stdout } = await promisify(execFile)(path, ['--version'], options);
    return { agent, path, version: stdout.trim().split('\n')[0] ?? '' };
  } catch (error) {
    signal.throwIfAborted();
    return { agent, path, problem: wordsOf(error).trim().split('\n').at(-1) };
  }
}

/**
 * Looks every agent's CLI up on the PATH of `environment` and starts it for its version, 20 s at most each. Throws when
 * `signal` is aborted.
 */
export const findCandidates = (environment: Record<string, string>, signal: AbortSignal): Promise<Candidate[]> =>
  Promise.all(agents.map((agent) => probe(agent, environment, signal)));
