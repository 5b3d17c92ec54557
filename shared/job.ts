/**
 * The job state machine: every state a job can be in, and every step it may take.
 *
 * `queued → starting → running → one of the terminal states`. A job that never began may end from any earlier state,
 * and is `queued` again when its daemon died. Only `daemon/jobs` moves a job; a step that is not listed here is a bug
 * and throws.
 */
export const jobStates = [
  'queued',
  'starting',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'timed_out',
  'lost',
] as const;
export type JobState = (typeof jobStates)[number];

/** How a job ended. `lost` means that the truth cannot be known; it is never reported as success. */
export type Outcome = Extract<JobState, 'succeeded' | 'failed' | 'cancelled' | 'timed_out' | 'lost'>;

const steps: Record<JobState, readonly JobState[]> = {
  queued: ['starting', 'failed', 'cancelled', 'timed_out', 'lost'],
  starting: ['queued', 'running', 'failed', 'cancelled', 'timed_out', 'lost'],
  running: ['queued', 'succeeded', 'failed', 'cancelled', 'timed_out', 'lost'],
  succeeded: [],
  failed: [],
  cancelled: [],
  timed_out: [],
  lost: [],
};

/** True when nothing will change any more. */
export const isTerminal = (state: JobState): state is Outcome => steps[state].length === 0;

/** The states from which `to` may be entered; the `where state in (…)` of the one statement that does it. */
export const sourcesOf = (to: JobState): JobState[] => jobStates.filter((from) => steps[from].includes(to));

/** Why a job is being stopped; the first reason wins and decides the outcome. */
export type StopReason = 'cancelled' | 'timed_out' | 'output_limit' | 'budget';

const idShape = /^([a-z][a-z0-9-]*)-([1-9][0-9]*)$/;

/** `codex-42`: short enough to speak, unique for ever in one store because `sequence` is never reused. */
export const jobId = (agent: string, sequence: number): string => `${agent}-${sequence}`;

/** True for a string that has the shape of a job id; says nothing about whether the job exists. */
export const isJobId = (text: string): boolean => idShape.test(text);
