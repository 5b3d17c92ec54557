import { exitCodeLines } from './exit-codes.ts';

export interface Topic {
  about: string;
  text: string;
}

/** What `qantara help TOPIC` prints: short, and only what no command's own help says. */
export const topics: Readonly<Record<string, Topic>> = {
  environment: {
    about: 'variables that qantara reads',
    text: `QANTARA_HOME           where everything of qantara lives; default ~/.qantara
NO_COLOR               no colour, whatever the terminal can do
FORCE_COLOR            colour also in a pipe
TERM=dumb              no colour, no line that moves
BRIDGE_...             the owner's policy in a host's registration; see: qantara help policy

A pipe gets neither colour nor progress. Tables are cut to the terminal's width, and to none in a pipe.`,
  },
  config: {
    about: 'the file config.toml',
    text: `~/.qantara/config.toml holds what the owner decides: [policy] for every host, [hosts.NAME] for one,
[ceiling] for the most that anybody gets, and sections for limits, budgets and retention. It is read when the
daemon starts: qantara daemon restart applies a change.

  qantara config                what is in force, and where each value comes from
  qantara config --host codex   all that holds for one host
  qantara config --check        what is wrong with the file`,
  },
  'exit-codes': {
    about: 'what the exit code of a command means',
    text: `${exitCodeLines}

They do not change between releases. qantara sessions resume ends with the exit code of the agent's own command.`,
  },
  json: {
    about: 'what --json prints',
    text: `One JSON document on stdout (qantara jobs logs: one a line), everything else on stderr. Times are ms since
the epoch, durations ms. A name that is given once keeps its meaning; new ones may be added.

  ask              as jobs show; with --background the job as in jobs ls
  jobs ls          a list of jobs: id, agent, state, task (its beginning), cwd, host, parent, sessionId, background,
                   createdAt, startedAt, endedAt, error, usage { inputTokens, outputTokens, cachedTokens, costUsd }
  jobs show        the same, and: depth, exitCode, errorCode, stopReason, mode, access, holds, heldBy, model,
                   reasoning, thinking, timeLimitMs, deliveredAt, activity (while it runs), children, files, policy, answerBytes, folder,
                   answer
  jobs logs        one object a line: { job } when its state has changed, else { seq, at, event }
  jobs wait        a list as jobs ls
  jobs prune       removed (false: --dry-run), jobs (their ids), bytes
  sessions ls      a list of sessions: agent, id, cwd, host, lastJob, usedAt, busy (the job that uses it)
  sessions show    one of them, with its jobs
  sessions resume  cwd, command (the executable and its arguments)
  agents           a list: name, title, binary, version, login, mode, offeredTo, modes (name, access, holds), resume,
                   reasoning, thinking
  stats            by, since, total and rows: key, jobs, succeeded, failed, cancelled, timedOut, lost, unfinished,
                   ranMs, inputTokens, outputTokens, cachedTokens, costUsd, costUnknown (jobs without a known cost)
  daemon status    running, version, protocol, pid, home, startedAt, jobs (by state), notices, service
  config           path, running, notices, everyHost, hosts and sections: each value with where it is from;
                   with --check: path, problems { line, text }
  setup            found (name, title, binary, version, login), hosts (name, outcome, and its files or the
                   reason), config (path, diff, note)
  doctor           a list: id, title, status (ok, warning, fault, skipped), detail, remedy, fixable, did`,
  },
  policy: {
    about: 'who decides what an agent may do',
    text: `The owner decides, and a tool call can only narrow it. From the lowest to the highest:

  1. the default           4. BRIDGE_... in the host's registration
  2. [policy]              5. [ceiling] cuts what exceeds it
  3. [hosts.NAME]          6. a delegation gets no more than the one it is part of

qantara config shows what is in force; qantara agents what keeps each agent to it: the system's sandbox, its own
rules, or nothing.`,
  },
  sessions: {
    about: 'how conversations are kept and resumed',
    text: `A session is the agent's own conversation. Every result names it, and the next ask can go on with it:

  in a host       session_id, or continue_session: true for the last one in this workspace
  here            qantara ask AGENT --session ID "…"
  by yourself     qantara sessions resume ID: the agent's own screen, in the session's directory

The agent keeps what was said; qantara keeps which job used which session, where, and for whom.`,
  },
};
