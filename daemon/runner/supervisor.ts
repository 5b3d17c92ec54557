/**
 * The program that runs one agent and outlives the daemon:
 * `sh -c <script> <job folder> <umask> <command> <arguments…>`, with the files `in` and `err` of the folder as its stdin
 * and stderr, and `run` as descriptor 3.
 *
 * Contract. It first creates `out`, and ends where there is one: a daemon that died while it was forking this may
 * leave a supervisor that comes up only after the next daemon has looked for one and started another. Then it writes
 * its pid, so that a daemon that died before recording it finds the job again. The command gets its arguments as they
 * are; nothing is parsed again. Its exit code, 128 + signal where one killed it, appears in `run` whole or not at
 * all, as one write of 16 bytes. TERM, INT and HUP to the process group end the command and not the supervisor, so the
 * code is still recorded: `trap :` is reset for the child, while `trap ''` would make it ignore them too. It ends when
 * the command does, whatever the command left running.
 *
 * `run` was created with room for what is written here (`prepareFolder`), which is overwritten in place: a disk that
 * has filled up meanwhile takes neither the pid nor the exit code away. The shell does all of it itself: an `mv` of the
 * exit code took as long as the shell, the agent and the rest together (18 ms of 38 on a busy machine), and a
 * delegate's PATH may have none.
 *
 * Only KILL of the supervisor itself loses the code; then the job is lost, never taken for a success.
 */
export const supervisorScript = `
umask 077
set -C
: 2>/dev/null 1>"$0/out" || exit 1
set +C
exec 1>>"$0/out"
printf '%-15s\\n' "$$" >&3
trap : TERM INT HUP
umask "$1"
shift
"$@" 3>&-
printf '%-15s\\n' "$?" >&3
`;

export interface Report {
  pid: number | undefined;
  exitCode: number | undefined;
}

const fieldLength = 16;

/** How a `run` begins that nothing was reported in: what the supervisor overwrites. */
export const unreported = `${' '.repeat(fieldLength - 1)}\n`.repeat(2);

/** How much of `run` is the supervisor's; bytes. */
export const reportLength = unreported.length;

/** What the supervisor has reported in the text of a `run`; undefined is what it did not. */
export function reportIn(text: string): Report {
  const number = (field: number): number | undefined => {
    const word = text.slice(field * fieldLength, (field + 1) * fieldLength).trim();
    return /^\d{1,10}$/.test(word) ? Number(word) : undefined;
  };
  return { pid: number(0), exitCode: number(1) };
}
