/** What the exit code of `qantara` means. They never change; `qantara sessions resume` ends with its agent's own. */
export const exitCodes: Readonly<Record<number, string>> = {
  0: 'done; of a job: succeeded',
  1: 'failed',
  2: 'wrong usage, unknown name, or bad configuration',
  3: 'timed out',
  4: 'cancelled',
  5: 'the daemon cannot be reached or started',
  6: 'Node.js is too old',
};

export const usageExit = 2;

/** The table as `--help` shows it. */
export const exitCodeLines = Object.entries(exitCodes)
  .map(([code, meaning]) => `  ${code}  ${meaning}`)
  .join('\n');
