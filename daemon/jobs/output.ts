import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isTerminal } from '../../shared/job.ts';
import { folderOf } from '../runner/folder.ts';
import type { Job } from '../store/jobs.ts';
import type { Jobs } from './context.ts';
import { nextChange } from './wait.ts';

const chunkBytes = 64 * 1024;

/** The files of a job that can be read as bytes: the agent's streams as it wrote them, and its whole answer. */
export const outputFiles = { output: 'output', errors: 'errors', answer: 'answer' } as const;
export type OutputFile = keyof typeof outputFiles;

export interface ReadOptions {
  file: OutputFile;
  /** The first byte. */
  offset: number;
  /** Go on until the job has ended. */
  follow: boolean;
  signal: AbortSignal;
}

/**
 * The bytes of one of a job's files, a chunk at a time. While a job runs, its output is followed by whole lines. The
 * next chunk is read when the last one was taken. A file that is not there is empty.
 */
export async function* readOutput(jobs: Jobs, id: string, options: ReadOptions): AsyncGenerator<Buffer> {
  const { file, follow, signal } = options;
  const path = folderOf(jobs.paths.jobs, id)[file];
  let position = options.offset;
  let handle: FileHandle | undefined;
  try {
    while (!signal.aborted) {
      const job = jobs.store.jobs.get(id);
      // Asked before reading: what was written before the end is then read completely.
      const ended = !job || isTerminal(job.state);
      handle ??= await opened(path);
      const limit = ended || file !== 'output' ? Number.POSITIVE_INFINITY : job.outputOffset;
      const chunk = handle && (await readChunk(handle, position, limit));
      position += chunk?.length ?? 0;
      if (chunk) yield chunk;
      else if (ended || !follow) return;
      // What came while the file was read may be the last for long.
      else if (isAsBefore(job, jobs.store.jobs.get(id))) await nextChange(jobs, id, { signal });
    }
  } finally {
    await handle?.close();
  }
}

const isAsBefore = (before: Job, now: Job | undefined): boolean =>
  now?.state === before.state && now.outputOffset === before.outputOffset;

async function readChunk(handle: FileHandle, position: number, limit: number): Promise<Buffer | undefined> {
  const length = Math.min(chunkBytes, limit - position);
  if (length <= 0) return undefined;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return bytesRead > 0 ? buffer.subarray(0, bytesRead) : undefined;
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
