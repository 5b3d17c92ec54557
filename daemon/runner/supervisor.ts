/**
 * The program that runs agents and outlives the daemon: `sh -c <script> <jobs folder> <command> <arguments…>`. Each
 * line on its stdin is the marker of a job, which begins with the job's id: it runs the command once for that, and then
 * reads the next line. Without a next one it ends, so one that never got a job goes with its daemon.
 *
 * Contract. For a job it first creates `out` and `err`, and ends where there is one: no job runs twice, and no link is
 * followed. Then it writes its pid and runs the command, with `umask`, with `in`, `out` and `err` of the job's folder as
 * its stdio and with the marker in its environment. The command gets its arguments as they are; nothing is parsed again.
 * Its exit code, 128 + signal where one killed it, appears in `run` whole or not at all, as one write of 16 bytes. TERM,
 * INT and HUP to the process group end the command and not the supervisor, so the code is still recorded: `trap :` is
 * reset for the child, while `trap ''` would make it ignore them too. It is done with a job when the command ends,
 * whatever that left running.
 *
 * `run` was created with room for what is written here (`prepareFolder`), which is overwritten in place: a disk that
 * has filled up meanwhile takes neither the pid nor the exit code away. The shell does all of it itself: an `mv` of the
 * exit code took as long as the shell, the agent and the rest together (18 ms of 38 on a busy machine), and a
 * delegate's PATH may have none. It has no variable but the marker, since it could be one of the delegate's.
 *
 * Only KILL of the supervisor itself loses the code; then the job is lost, never taken for a success.
 */
export const supervisorScript = (umask: string): string => `
trap : TERM INT HUP
export QANTARA_JOB
while read -r QANTARA_JOB; do
  umask 077
  set -C
  : >${file('out')} 2>${file('err')} || exit 1
  set +C
  {
    printf '%-15s\\n' "$$" >&3
    umask ${umask}
    "$@" 3>&-
    printf '%-15s\\n' "$?" >&3
  } <${file('in')} >>${file('out')} 2>>${file('err')} 3<>${file('run')} || exit 1
done
`;

const file = (name: string): string => `"$0/\${QANTARA_JOB%%.*}/${name}"`;

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
