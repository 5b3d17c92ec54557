/**
 * The program that runs one agent and outlives the daemon:
 * `sh -c <script> <job folder> <umask> <command> <arguments…>`, with files of the folder as its stdio.
 *
 * Contract. It first creates `claim`, and ends where there is one: a daemon that died while it was forking this may
 * leave a supervisor that comes up only after the next daemon has looked for one and started another. Then it writes
 * its pid, so that a daemon that died before recording it finds the job again. The command gets its arguments as they
 * are; nothing is parsed again. Its exit code, 128 + signal where one killed it, appears in `exit` whole or not at
 * all, as one write of 16 bytes. TERM, INT and HUP to the process group end the command and not the supervisor, so the
 * code is still recorded: `trap :` is reset for the child, while `trap ''` would make it ignore them too. It ends when
 * the command does, whatever the command left running.
 *
 * Both files were created with room for what is written here (`prepareFolder`) and are opened `<>`, which overwrites
 * in place: a disk that has filled up meanwhile takes neither the pid nor the exit code away. The shell does all of it
 * itself: an `mv` of the exit code took as long as the shell, the agent and the rest together (18 ms of 38 on a busy
 * machine), and a delegate's PATH may have none.
 *
 * Only KILL of the supervisor itself loses the code; then the job is lost, never taken for a success.
 */
export const supervisorScript = `
set -C
: 2>/dev/null 1>"$0/claim" || exit 1
set +C
printf '%-15s\\n' "$$" 1<>"$0/pid"
trap : TERM INT HUP
umask "$1"
shift
"$@"
code=$?
printf '%-15s\\n' "$code" 1<>"$0/exit"
`;

/** What the supervisor overwrites: 15 characters and a newline. */
export const placeholder = `${' '.repeat(15)}\n`;
