import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** Writes into the `run` of a job's folder what a supervisor would have reported there; makes the file where none is. */
export function writeReport(path: string, { pid, exitCode }: { pid?: number; exitCode?: number | string }): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  writeSync(file, [pid, exitCode].map((word) => `${String(word ?? '').padEnd(15)}\n`).join(''), 0);
  closeSync(file);
}
