import type { Command } from 'commander';
import { readDuration } from './values.ts';

/** `qantara ask AGENT [TASK]`: the same delegation that hosts make, from a terminal. */
export function addAsk(program: Command): void {
  program
    .command('ask')
    .description('delegate a task to an agent and print its answer')
    .argument('<agent>', 'claude, codex, gemini')
    .argument('[task]', 'the complete brief; without it, or as -, it is read from stdin')
    .option('-f, --file <path>', 'read the brief from a file')
    .option('--cwd <directory>', 'where the agent works; default: here')
    .option('--session <id>', 'resume exactly this session')
    .option('-c, --continue', 'resume the last session with that agent that was asked from here')
    .option('--model <name>', 'another model than the default')
    .option('--reasoning <level>', 'low, medium or high, where the agent has it')
    .option('--thinking <level>', 'off, think, think_hard or ultrathink, where the agent has it')
    .option('--timeout <duration>', 'stop it after this long, such as 90s or 10m', readDuration)
    .option('-b, --background', 'print the job id at once and let it run')
    .option('-d, --detach', 'the same')
    .option('--json', 'the whole result as JSON')
    .option('--raw', 'the answer to the byte, where stdout is no terminal; else control characters are replaced')
    .option('-q, --quiet', 'no progress and no footer')
    .addHelpText('after', help)
    .action(async (agent: string, task: string | undefined, options: object) =>
      (await import('../live/ask.ts')).ask(agent, task, options),
    );
}

const help = `
The answer goes to stdout, everything else to stderr. Ctrl-C twice cancels the job.
Exit code: that of the job: 0 succeeded, 1 failed, 3 timed out, 4 cancelled.

Examples:
  qantara ask codex "Find out why test/login fails. Change nothing."
  qantara ask claude -f brief.md --cwd ../api --timeout 20m
  git diff | qantara ask gemini - > review.md
  qantara ask codex --continue "Now fix it."
  id=$(qantara ask codex --background "Update the docs") && qantara jobs wait $id`;
