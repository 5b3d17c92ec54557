import type { NewJob } from '../../daemon/store/jobs.ts';

/** A job as a submitter would describe it, with what the test needs of it. */
export const newJob = (more: Partial<NewJob> = {}): NewJob => ({
  callKey: null,
  agent: 'codex',
  background: 0,
  host: 'claude',
  hostSession: null,
  caller: '{}',
  scope: 's',
  parent: null,
  root: null,
  budgets: '[]',
  depth: 1,
  nonce: 'n',
  task: 't',
  cwd: '/',
  policy: '{}',
  mode: 'read-only',
  model: null,
  reasoning: null,
  thinking: null,
  timeLimitMs: 1000,
  sessionId: null,
  createdAt: 1,
  ...more,
});
