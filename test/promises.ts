/**
 * What qantara promises, as data. A test names the promise that it proves with `proves('…')` in its title; the gate
 * in `promises.test.ts` fails on a promise that no test proves. `B`: the bridge itself; `L`: scheduling; `R`: retention; `P`: processes, data, doors; `S`: setup; `D`: doctor and service; `T`: the command line.
 * `source`: the document of the contract that the promise comes from.
 */
export const promises = {
  'A-01': {
    text: 'Whoever follows a job is told what its agent does when it does it, and its end.',
    source: 'live',
  },
  'A-02': {
    text: 'A reader that is slow, stops or goes costs the daemon no memory and holds no job up.',
    source: 'live',
  },
  'A-03': {
    text: 'A job is named by its id, number, beginning, or -1 for the latest; what may be several is refused with the candidates.',
    source: 'live',
  },
  'A-04': {
    text: 'qantara ask takes the way of the ask tools; its answer is on stdout and everything else on stderr, plain lines in a pipe.',
    source: 'live',
  },
  'A-05': {
    text: 'Exit codes of ask and wait tell how a job ended: 0 succeeded, 1 failed, 3 timed out, 4 cancelled.',
    source: 'live',
  },
  'A-06': {
    text: '--continue resumes the last session that was asked from this directory, over invocations.',
    source: 'live',
  },
  'A-07': {
    text: 'An ask, a follower and a wait go on over daemons that die, and nothing runs twice.',
    source: 'live',
  },
  'A-08': {
    text: 'An agent that runs qantara ask inside a job is part of that job, with its parent, depth and limits.',
    source: 'live',
  },
  'A-09': {
    text: 'Control characters and escape sequences of an agent never reach a terminal; exact bytes only where stdout is none and they were asked for.',
    source: 'live',
  },
  'A-10': {
    text: 'A terminal shows phase, last action and elapsed time of an ask on one line, from 40 to 200 columns.',
    source: 'live',
  },
  'A-11': {
    text: 'Ctrl-C asks once, then cancels; whoever leaves otherwise leaves the job running.',
    source: 'live',
  },
  'A-12': {
    text: 'jobs ls filters, shows delegations as a tree, and keeps a terminal up to date.',
    source: 'live',
  },
  'A-13': {
    text: 'jobs wait, show and prune do what their help says; what nobody has read is not pruned unless asked for.',
    source: 'live',
  },
  'B-01': {
    text: 'Each of Claude Code, Codex and Gemini CLI delegates to another one and gets its answer, with the real CLIs.',
    source: 'the path',
  },
  'B-02': {
    text: 'Delegations nest, and stop with a clear refusal at BRIDGE_MAX_DEPTH, however the host strips its environment.',
    source: 'the path; policy',
  },
  'B-03': {
    text: 'Hosts of the 2026-07-28 revision and hosts that open with initialize get the same tools and answers.',
    source: 'the path',
  },
  'B-04': { text: 'Every parameter of the ask tools does what its description says.', source: 'tools' },
  'B-05': {
    text: 'wait_job, check_job and cancel_job collect, look at, page through and stop any job of the caller.',
    source: 'tools',
  },
  'B-06': {
    text: 'A result ends with a footer: job id, outcome, duration, session, tokens and cost where the CLI reports them.',
    source: 'tools',
  },
  'B-07': {
    text: 'A finished background job that nobody read is announced on the next answer, until its result was delivered.',
    source: 'tools',
  },
  'B-08': {
    text: 'An answer over the output cap is cut with a marker, and the whole of it can be read on with offset.',
    source: 'tools',
  },
  'B-09': {
    text: 'At BRIDGE_TIMEOUT_MS a blocking call hands over a job id while the job goes on, or ends it, as policy says.',
    source: 'policy',
  },
  'B-10': {
    text: 'A blocking call hands over before the host itself would give up, and a host’s time-out never kills a job.',
    source: 'policy',
  },
  'B-11': {
    text: 'Progress carries what the delegate does when it does it, a flood of it in a few notifications a second.',
    source: 'tools',
  },
  'B-12': {
    text: 'A cancelled ask stops the agent with everything it started; a closed host stops nothing.',
    source: 'tools; P-39',
  },
  'B-13': {
    text: 'Every policy variable reaches the real CLI as the flag or variable that it takes.',
    source: 'policy',
  },
  'B-14': {
    text: 'A policy value that does not parse is refused by name, with what is allowed, in words the host shows.',
    source: 'policy',
  },
  'B-15': {
    text: 'continue_session resumes the caller’s own last conversation across runs of the host and restarts of the daemon, never another project’s or another open session’s.',
    source: 'sessions',
  },
  'B-16': { text: 'session_id resumes exactly that session, in the directory it belongs to.', source: 'sessions' },
  'B-17': { text: 'Two asks on one session run one after the other.', source: 'sessions' },
  'B-18': { text: 'A background job started by one run of a host is collected by the next.', source: 'jobs' },
  'B-19': {
    text: 'Every failure is a tool result that names what happened and the remedy, never a protocol error.',
    source: 'failures',
  },
  'B-20': {
    text: 'A job succeeded only if the agent’s own stream says so; exit codes are not believed.',
    source: 'agents',
  },
  'B-21': {
    text: 'Every agent reads the recorded streams of its real CLI for every outcome, and no line makes it throw.',
    source: 'agents',
  },
  'B-22': {
    text: 'The shim imports nothing but node: modules and dependency-free shared files.',
    source: 'shim',
  },
  'B-23': {
    text: 'The shim answers initialize, server/discover and tools/list without a daemon.',
    source: 'shim',
  },
  'B-24': {
    text: 'A delegation inside a read-only job is read-only, whatever its registration says.',
    source: 'policy',
  },
  'B-25': {
    text: 'The packed package installs without install scripts and its commands work.',
    source: 'repository',
  },
  'B-26': {
    text: 'Every description and the instructions stay below 2,048 characters, where hosts cut them.',
    source: 'tools',
  },
  'D-01': {
    text: 'daemon install writes, enables and starts a service of the person’s own manager, shows it first with --dry-run, and changes nothing when run again.',
    source: 'service',
  },
  'D-02': {
    text: 'daemon start, stop, restart, status and the start by a host agree with the installed service, and do without it when its manager fails.',
    source: 'service',
  },
  'D-03': {
    text: 'Stopping, restarting or killing the daemon of a service leaves its jobs running.',
    source: 'service',
  },
  'D-04': {
    text: 'A service definition of an older release is upgraded in place; one that is not ours is shown and left alone.',
    source: 'service',
  },
  'D-05': {
    text: 'daemon uninstall takes the service out; a service of another state folder is neither used nor touched.',
    source: 'service',
  },
  'D-06': {
    text: 'Where there is no service manager, install says why and what to do, and writes nothing.',
    source: 'service',
  },
  'D-07': {
    text: 'The systemd unit and the launchd agent are well formed for any path.',
    source: 'service',
  },
  'D-08': {
    text: 'doctor --fix mends only what is ours and safe to mend, and says what it did.',
    source: 'doctor',
  },
  'P-40': {
    text: 'Every fault of the troubleshooting table is found by qantara doctor, with its remedy.',
    source: 'P-40',
  },
  'L-01': {
    text: 'No more jobs run at once than [limits] allows, in total and by agent; the others are told their place.',
    source: 'scheduling',
  },
  'L-02': { text: 'Nested asks never block each other, whatever the limit.', source: 'scheduling' },
  'L-03': {
    text: 'Queued jobs survive kill -9 of the daemon with the environment they were submitted with.',
    source: 'scheduling',
  },
  'L-04': { text: 'A host with a long queue holds no other host up; they take turns.', source: 'scheduling' },
  'R-01': {
    text: 'Ended jobs go by age and size as [retention] says; a running or unread one never does.',
    source: 'retention',
  },
  'R-02': {
    text: 'With keep_prompts = false the words of a job (task, answer, activity, output) go from store and folder to the last byte a quarter of an hour after its result was read.',
    source: 'retention',
  },
  'P-01': {
    text: 'kill -9 of the daemon leaves running agents alone; afterwards no output is missing and the true exit is known.',
    source: 'P-01',
  },
  'P-02': { text: 'A job that ends while no daemon runs has its true end afterwards.', source: 'P-02' },
  'P-03': {
    text: 'Wherever on its way the daemon is killed, an accepted job neither vanishes nor runs twice.',
    source: 'P-03',
  },
  'P-04': { text: 'What cannot be known is lost, never succeeded.', source: 'P-04' },
  'P-05': {
    text: 'SIGTERM or a restart ends the daemon within 5 s, leaves jobs running, and no host notices it.',
    source: 'P-05',
  },
  'P-06': {
    text: 'A call that waits while the daemon dies gets its result through the same open call, and nothing runs twice.',
    source: 'P-06',
  },
  'P-07': {
    text: 'A thousand jobs are taken over in seconds, and no damaged job folder keeps the others from it.',
    source: 'P-07',
  },
  'P-08': {
    text: 'The events of a job are numbered without a gap, and it is created, started and ended in that order.',
    source: 'P-08',
  },
  'P-09': {
    text: 'Cancelling leaves no descendant, with setsid, double fork or an ignored TERM.',
    source: 'P-09',
  },
  'P-10': { text: 'No signal goes to a process that is not ours, also when its pid was reused.', source: 'P-10' },
  'P-11': { text: 'The first reason to stop a job wins and is reported.', source: 'P-11' },
  'P-12': { text: 'A CLI that is missing or broken fails cleanly, with the reason and no leak.', source: 'P-12' },
  'P-13': {
    text: 'A thousand jobs later the daemon has as many descriptors, no zombie, and less than 20 MB more memory.',
    source: 'P-13',
  },
  'P-14': {
    text: 'An agent inherits no descriptor of the daemon and no marker of the host’s session.',
    source: 'P-14',
  },
  'P-15': { text: 'A grandchild that keeps stdout open does not keep the job running.', source: 'P-15' },
  'P-16': { text: 'A job whose id a caller was given survives any number of kill -9.', source: 'P-16' },
  'P-17': {
    text: 'A full or read-only disk stops no job and no daemon: reads are answered, asks refused in one sentence, and it is over when there is space.',
    source: 'P-17',
  },
  'P-18': {
    text: 'A damaged or missing job store is never replaced in silence: it is kept, read back from the job folders, and the person is told.',
    source: 'P-18',
  },
  'P-19': {
    text: 'The store of every released schema opens; a newer one is refused in one sentence and left alone.',
    source: 'P-19',
  },
  'P-20': { text: 'A migration happens whole or not at all, and the store before it is kept.', source: 'P-20' },
  'P-22': {
    text: 'An agent that prints without end is stopped before it fills the disk, and said so.',
    source: 'P-22',
  },
  'P-23': { text: 'A clock that is set a day either way neither fires nor loses a time limit.', source: 'P-23' },
  'P-24': {
    text: 'Huge lines, invalid UTF-8, split characters and a missing last newline neither lose bytes nor grow memory.',
    source: 'P-24',
  },
  'P-25': { text: 'State folders are 0700, files and socket 0600, whatever the umask.', source: 'P-25' },
  'P-26': { text: 'A state folder that is a link, foreign or open to others is refused.', source: 'P-26' },
  'P-28': { text: 'Another user of the machine can neither connect nor look into the state folder.', source: 'P-28' },
  'P-29': {
    text: 'A web page cannot talk to the daemon: there is no TCP port, and a request that tells of a browser or names another Host is refused.',
    source: 'P-29',
  },
  'P-30': {
    text: 'A TCP port is open only if config.toml says so, on loopback unless it says otherwise too, and only who brings the token gets in, without policy or environment of its own.',
    source: 'P-30',
  },
  'P-31': {
    text: 'Secrets of environment and config.toml are in no log, store, answer or process list; tasks and answers only in the store and their job folder.',
    source: 'P-31',
  },
  'P-34': {
    text: 'Clients that are slow, silent, endless, deaf or speak nonsense neither hang nor grow the daemon, and are told why they have to go.',
    source: 'P-34',
  },
  'P-32': {
    text: 'Tasks, models and ids are data: none becomes a flag, a shell word or configuration.',
    source: 'P-32',
  },
  'H-01': {
    text: 'No delegate is sent outside of the directories that the owner names: not by a link, by .., by a resumed session, nor by a delegate of a delegate; every layer can only take some away.',
    source: 'arguments',
  },
  'H-02': {
    text: 'A directory that was replaced by a link after the ask was checked is not entered.',
    source: 'arguments',
  },
  'H-03': {
    text: 'An agent is taken from absolute entries of PATH alone, never from the directory that a task names.',
    source: 'arguments',
  },
  'P-35': { text: 'However many shims start at once, one daemon runs and all are answered.', source: 'P-35' },
  'P-36': { text: 'What a dead daemon left never blocks a start; a live one is never displaced.', source: 'P-36' },
  'P-37': {
    text: 'A shim and a daemon of different protocols say so in one clear sentence.',
    source: 'P-37',
  },
  'P-38': {
    text: 'The shim writes only protocol to stdout and ends within 100 ms of stdin closing.',
    source: 'P-38',
  },
  'P-21': {
    text: 'Setup keeps mode, comments, order and links of what it edits, writes in one step, changes nothing the second time, and --undo gives back every byte.',
    source: 'P-21',
  },
  'P-33': {
    text: 'Setup shows every command and every change to a file before it writes, and writes only when told to.',
    source: 'P-33',
  },
  'T-01': {
    text: 'A person takes a delegate over: `qantara sessions resume` runs the vendor’s own command on the terminal, in the session’s directory, and ends with its exit code.',
    source: 'command line',
  },
  'T-02': {
    text: 'What a command prints with --json has one shape, which does not change.',
    source: 'command line',
  },
  'T-03': {
    text: 'Every command has help with examples, all of which are calls that it takes.',
    source: 'command line',
  },
  'T-04': {
    text: 'Completion in bash, zsh and fish knows commands, options, agents, jobs and sessions, and evaluates nothing of them.',
    source: 'command line',
  },
  'S-01': {
    text: 'A second run of setup changes no byte.',
    source: 'setup',
  },
  'S-02': {
    text: 'setup --undo takes out exactly what setup put in, also after others have edited the files.',
    source: 'setup',
  },
  'S-03': {
    text: 'A registration of an older release is upgraded in place.',
    source: 'setup',
  },
  'S-04': {
    text: 'A server named qantara that is not ours is shown and left alone unless the person says otherwise.',
    source: 'setup',
  },
  'S-05': {
    text: 'A file that does not parse, may not be written, or changes meanwhile stops its host alone, which stays as it was.',
    source: 'setup',
  },
  'S-06': {
    text: 'kill -9 at any point of setup leaves every file as it was or as it shall be, and the next run puts all right.',
    source: 'setup',
  },
  'S-07': {
    text: 'The first backup of a file is never overwritten.',
    source: 'setup',
  },
  'S-08': {
    text: 'What setup writes works in the real hosts, old and new: nothing asks, tools are there in the first turn, timeouts are known.',
    source: 'setup',
  },
  'S-09': {
    text: 'Proxy variables reach the shim through hosts that strip them, and no password of a proxy is written down.',
    source: 'setup',
  },
  'S-10': {
    text: 'A host is offered the other agents that are installed, and later runs keep to what the person chose.',
    source: 'setup',
  },
  'S-11': {
    text: 'Looking around writes nothing to any file of the person.',
    source: 'setup',
  },
  'U-01': {
    text: 'A conversation’s calls, tokens and cost are counted with all that it delegates; at a limit asks are refused, with what was used and who can raise it.',
    source: 'budgets',
  },
  'U-02': {
    text: 'However many asks come at once, no more are accepted than the limit on calls allows.',
    source: 'budgets',
  },
  'U-03': {
    text: 'What was spent lives through kill -9 of the daemon, and removing a job gives nothing back.',
    source: 'budgets',
  },
  'U-04': {
    text: 'A delegate counts into the budgets of all who delegated to it; no new shim, session or registration resets them.',
    source: 'budgets',
  },
  'U-05': {
    text: 'A job that passes a budget while it runs is stopped and hands back what it has.',
    source: 'budgets',
  },
  'U-06': {
    text: 'From 80 % of a limit on, a warning rides on one answer of each conversation.',
    source: 'budgets',
  },
  'U-07': {
    text: 'Of a resumed Codex session only the tokens count that this store has not seen yet.',
    source: 'budgets',
  },
  'U-08': {
    text: 'Claude Code runs with what is left of the dollars as its own limit.',
    source: 'budgets',
  },
  'U-09': {
    text: 'A cost is shown and counted as the CLI tells it, else by the owner’s prices and marked as an estimate, else not at all.',
    source: 'budgets',
  },
  'U-10': {
    text: 'The owner’s limits of a day, of a delegation tree, and of what runs at once of a host or a tree hold for every host.',
    source: 'budgets',
  },
  'N-01': {
    text: 'A job has the least access, depth and effort of its registration, the ceiling, its parent and the caller’s sandbox, whatever their combination.',
    source: 'policy',
  },
  'N-02': {
    text: 'What no mode of an agent is held to is refused by name, not pretended; a result names the mode, what holds it and who narrowed it.',
    source: 'policy',
  },
  'N-03': { text: 'Each job keeps the origin of every policy value that it ran under.', source: 'policy' },
  'N-04': {
    text: 'The parent of a delegation is found by its processes or by a nonce; no marker, and none that is taken off, makes a caller freer.',
    source: 'policy',
  },
  'N-05': {
    text: 'With inherit_sandbox a delegation gets no more than the sandbox that its host tells.',
    source: 'policy',
  },
  'N-06': {
    text: 'Where a delegation is held to less, neither the owner’s allow rules for the agent nor settings in the repository let it do more.',
    source: 'policy',
  },
  'N-07': {
    text: 'A resumed session runs under today’s policy of whoever resumes it.',
    source: 'policy',
  },
  'C-01': {
    text: 'Everything that is wrong in config.toml is refused at once: file, line, key, value, what is allowed, and for an unknown name the nearest known one.',
    source: 'configuration',
  },
  'C-02': {
    text: 'The config.toml that setup writes has every key with its default and changes nothing, commented or not.',
    source: 'configuration',
  },
  'C-03': {
    text: 'qantara config shows the policy of every host, the limits and the rest, each value with where it comes from, with and without a daemon.',
    source: 'configuration',
  },
  'C-04': {
    text: 'A config.toml that has changed or broken since the daemon read it is told once on an answer and by the status until it is applied.',
    source: 'configuration',
  },
  'C-05': {
    text: 'debug in config.toml is where the shims write their diagnostics, below what the registration says.',
    source: 'configuration',
  },
  'C-06': {
    text: '[env] decides which variables reach a delegate beyond and despite the built-in rules; what it sets is not shown.',
    source: 'configuration',
  },
  'C-07': {
    text: 'Setup writes the default config.toml for its owner alone, only where there is none; --dry-run shows it, and --undo removes it unless it was changed.',
    source: 'configuration',
  },
  'C-08': {
    text: 'The PATH, the virtual environment and the proxies of the caller reach a delegate through each of the three hosts; marks of a host’s session do not.',
    source: 'the delegate’s environment',
  },
  'C-09': {
    text: 'A daemon that a host started with a stripped environment finds the CLIs, their logins and the proxy, which only the login shell or the registration may know.',
    source: 'the delegate’s environment',
  },
  'M-01': {
    text: 'Whatever npm run bench starts ends with it, also when it is interrupted.',
    source: 'measured',
  },
  'M-02': {
    text: 'CI fails on a ratio that is worse than its bound by more than half, and never on a time.',
    source: 'measured',
  },
} as const;

export type PromiseId = keyof typeof promises;

/** For the title of a test: the promises that it proves. */
export const proves = (...ids: [PromiseId, ...PromiseId[]]): string => `[${ids.join(' ')}]`;
