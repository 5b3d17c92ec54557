/**
 * The one error table. Every failure that a person or a model can meet has a code here, with what happened, what to
 * do about it, the exit code of the command line, and whether trying the same again can help.
 * `{name}` is filled from the error's data. Cancelling is an outcome, not an error, so it is not here.
 */
const table = {
  agent_not_installed: {
    text: '{title} is not installed: no executable "{binary}" on the PATH ({path}).',
    hint: 'Install it with `{install}`, then ask again.',
    exit: 1,
    retryable: false,
  },
  agent_not_exposed: {
    text: 'The agent "{agent}" is not offered to this host.',
    hint: 'Offered: {exposed}. The owner changes that with BRIDGE_EXPOSE or expose in config.toml.',
    exit: 2,
    retryable: false,
  },
  not_logged_in: {
    text: '{title} is not logged in: {message}',
    hint: 'Ask the person to log in with `{login}`, then ask again.',
    exit: 1,
    retryable: false,
  },
  usage_limit: {
    text: '{title} has reached a usage limit: {message}',
    hint: 'Wait until the limit resets{retryAt}, choose another `model`, or ask another agent.',
    exit: 1,
    retryable: true,
  },
  unknown_session: {
    text: '{title} does not know the session "{session}": {message}',
    hint: 'Take the session id from the footer of an earlier result, or start anew without session_id and give the whole context in `task`.',
    exit: 1,
    retryable: false,
  },
  no_session: {
    text: 'There is no earlier {title} session of this caller in {cwd} to continue.',
    hint: 'Ask without continue_session and give the whole context in `task`.',
    exit: 1,
    retryable: false,
  },
  session_elsewhere: {
    text: 'The {title} session "{session}" belongs to {home}, not to {cwd}.',
    hint: 'Leave `cwd` out, or start a new session in {cwd}.',
    exit: 2,
    retryable: false,
  },
  permission_denied: {
    text: '{title} was not permitted to do what the task needs: {message}',
    hint: 'The owner decides this with {variable}. Change the task, or ask the person.',
    exit: 1,
    retryable: false,
  },
  agent_failed: {
    text: '{title} failed: {message}',
    hint: 'If the reason is temporary, ask again; otherwise change the task or the parameters.',
    exit: 1,
    retryable: true,
  },
  no_result: {
    text: '{title} ended without a result ({exit}). Last words: {message}',
    hint: 'Look at what it did with check_job; ask again, or continue its session.',
    exit: 1,
    retryable: true,
  },
  spawn_failed: {
    text: '{title} could not be started: {message}',
    hint: 'Check that {binary} runs in a terminal.',
    exit: 1,
    retryable: false,
  },
  timed_out: {
    text: '{title} was stopped after {limit}.',
    hint: 'Ask for less at once, or use `background: true`. The owner raises the limit with {variable}. What it did so far stays in {cwd}.',
    exit: 3,
    retryable: true,
  },
  output_limit: {
    text: '{title} was stopped because it wrote more than {limit} bytes of output.',
    hint: 'Ask for less at once. The owner raises the limit with max_job_bytes in [limits] of config.toml.',
    exit: 1,
    retryable: false,
  },
  budget_exceeded: {
    text: '{what}: {whose} used {used}.',
    hint: 'Only the owner can raise that, with {variable}. Do what is left yourself, or ask the person.',
    exit: 1,
    retryable: false,
  },
  lost: {
    text: 'It cannot be known how the {title} job ended: {message}',
    hint: 'Check {cwd} for what it did before you ask again.',
    exit: 1,
    retryable: false,
  },
  depth_exceeded: {
    text: 'Refused: this delegation is already {depth} deep and BRIDGE_MAX_DEPTH is {limit}.',
    hint: 'Do the task yourself instead of delegating it further.',
    exit: 1,
    retryable: false,
  },
  cannot_narrow: {
    text: 'Refused: {origin} allows "{access}" access at most, and {title} has no mode that is held to it.',
    hint: 'Do the task yourself or ask another agent.',
    exit: 1,
    retryable: false,
  },
  job_stopped: {
    text: 'Refused: the job {job} that asks is being stopped.',
    hint: 'Nothing more can be delegated from it.',
    exit: 1,
    retryable: false,
  },
  job_over: {
    text: 'Refused: this process belongs to the job {job}, which has ended.',
    hint: 'Nothing more can be delegated from it. A host that is to outlive a job is started without QANTARA_JOB in its environment.',
    exit: 1,
    retryable: false,
  },
  session_gone: {
    text: 'The directory {home} of the {title} session "{session}" does not exist any more.',
    hint: 'Start anew without session_id and continue_session, and give the whole context in `task`.',
    exit: 1,
    retryable: false,
  },
  still_stopping: {
    text: 'The job "{job}" is being stopped and has not ended yet.',
    hint: 'Try again in a moment.',
    exit: 1,
    retryable: true,
  },
  not_yours: {
    text: 'The job "{job}" is not of this delegation.',
    hint: 'List your jobs with check_job without job_id.',
    exit: 2,
    retryable: false,
  },
  bad_parameter: {
    text: '{tool}: {problem}',
    hint: 'Call it again with the parameters corrected.',
    exit: 2,
    retryable: false,
  },
  too_many_calls: {
    text: 'Refused: {limit} calls of this host are not answered yet.',
    hint: 'Wait for some of them, or ask with background: true.',
    exit: 1,
    retryable: true,
  },
  outside_roots: {
    text: 'Refused: the directory {cwd} is not within those that agents may be sent to ({roots}).',
    hint: 'Pass a `cwd` within them. The owner changes that with BRIDGE_ROOTS or roots in config.toml.',
    exit: 1,
    retryable: false,
  },
  unknown_tool: {
    text: 'There is no tool "{tool}".',
    hint: 'Tools: {tools}.',
    exit: 2,
    retryable: false,
  },
  unknown_job: {
    text: 'There is no job "{job}".',
    hint: 'List your jobs with check_job without job_id, or `qantara jobs ls` in a terminal.',
    exit: 2,
    retryable: false,
  },
  unknown_agent: {
    text: 'There is no agent "{agent}".',
    hint: 'Agents: {agents}.',
    exit: 2,
    retryable: false,
  },
  no_such_session: {
    text: 'There is no session "{session}".',
    hint: '`qantara sessions ls` lists them.',
    exit: 2,
    retryable: false,
  },
  ambiguous_session: {
    text: '"{session}" fits more than one session: {candidates}.',
    hint: 'Give more of its id.',
    exit: 2,
    retryable: false,
  },
  session_busy: {
    text: 'The {title} session "{session}" is in use by the job {job}, which has not ended.',
    hint: 'Wait for that job, or cancel it, before you go on with its session.',
    exit: 1,
    retryable: true,
  },
  ambiguous_job: {
    text: '"{job}" may be any of {candidates}.',
    hint: 'Give the whole id.',
    exit: 2,
    retryable: false,
  },
  bad_policy: {
    text: '{where} is {value}, which is not {expected}.',
    hint: 'The owner corrects it in {source}; nothing runs until then.',
    exit: 2,
    retryable: false,
  },
  bad_config: {
    text: '{path} cannot be used: {problem}',
    hint: 'Correct the file, then run `qantara daemon restart`.',
    exit: 2,
    retryable: false,
  },
  file_untouched: {
    text: '{path} is left as it is: {problem}.',
    hint: '{remedy}',
    exit: 1,
    retryable: false,
  },
  no_service_manager: {
    text: 'The daemon cannot be a service here: {problem}',
    hint: '{remedy}',
    exit: 1,
    retryable: false,
  },
  service_failed: {
    text: '`{command}` failed: {message}',
    hint: 'Run it in a terminal to see more; `qantara daemon uninstall` takes the service out.',
    exit: 5,
    retryable: true,
  },
  unsafe_home: {
    text: 'The state folder {path} cannot be used: {problem}',
    hint: '{remedy}',
    exit: 5,
    retryable: false,
  },
  daemon_unavailable: {
    text: 'The qantara daemon cannot be reached at {path}: {problem}',
    hint: 'Run `qantara daemon start` in a terminal to see why.',
    exit: 5,
    retryable: true,
  },
  protocol_mismatch: {
    text: 'This qantara-shim speaks protocol {shim}, the daemon {daemon}.',
    hint: 'Restart this host, or run `qantara daemon restart`, so that both are of the same release.',
    exit: 5,
    retryable: false,
  },
  store_failed: {
    text: 'The job store {path} failed: {problem}',
    hint: '{remedy}',
    exit: 5,
    retryable: true,
  },
  internal: {
    text: 'qantara failed: {message}',
    hint: 'This is a bug in qantara. Details are in {log}.',
    exit: 1,
    retryable: true,
  },
} as const satisfies Record<string, { text: string; hint: string; exit: number; retryable: boolean }>;

export type ErrorCode = keyof typeof table;
export type ErrorData = Record<string, string | number | undefined>;

const fill = (template: string, data: ErrorData): string =>
  template.replace(/\{(\w+)\}/g, (_all, name: string) => String(data[name] ?? ''));

/** The sentence for a code: what happened and what to do. Missing data leaves a gap, never throws. */
export function describe(code: ErrorCode, data: ErrorData = {}): string {
  const text = fill(table[code].text, data).trim();
  // Many texts end in a vendor's own words, which seldom end in a full stop.
  const between = /[.!?:]$/.test(text) ? ' ' : ' — ';
  return text + between + fill(table[code].hint, data);
}

export const errorCodes = Object.keys(table) as ErrorCode[];

/** The exit code of the command line for a code. */
export const exitCodeOf = (code: ErrorCode): number => table[code].exit;

/** Whether the same request can succeed later without a change. */
export const isRetryable = (code: ErrorCode): boolean => table[code].retryable;

/** A failure with a code of the table. `message` is the whole sentence with its remedy. */
export class QantaraError extends Error {
  override readonly name = 'QantaraError';
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(code: ErrorCode, data: ErrorData = {}, cause?: unknown) {
    super(describe(code, data), { cause });
    this.code = code;
    this.data = data;
  }
}

/** The words of anything that was thrown. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
