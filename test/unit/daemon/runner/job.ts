import { readdirSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { folderOf, type JobFolder, prepareFolder } from '../../../../daemon/runner/folder.ts';
import { carriers, type Identity } from '../../../../daemon/runner/process.ts';
import { type Command, spawnSupervisor } from '../../../../daemon/runner/spawn.ts';
import { stopJob } from '../../../../daemon/runner/stop.ts';
import { type Follow, followJob, type Line, type ProcessEnd } from '../../../../daemon/runner/tail.ts';
import { tempHome } from '../../../helpers/temp.ts';
import { until } from '../../../helpers/wait.ts';

const fake = join(import.meta.dirname, '../../../fake/agent.mjs');

export interface Job {
  folder: JobFolder;
  marker: string;
  identity: Identity;
}

export interface Bench {
  /** A directory to work in; the job folders are below it. */
  dir: string;
  /** A prepared folder with a marker that nothing else on the machine has. */
  folder(prompt?: string): { folder: JobFolder; marker: string };
  /** Starts a command as a job; without one the fake agent, with `prompt` on stdin. */
  start(prompt: string, command?: Partial<Command>): Promise<Job>;
  /** Ends what is left of every job and removes everything. */
  close(): Promise<void>;
}

/** A place to run jobs in without a daemon. */
export function bench(): Bench {
  const home = tempHome();
  const markers: string[] = [];
  const folder = (prompt = '') => {
    const id = `codex-${markers.length + 1}`;
    const made = folderOf(home.path, id);
    const marker = `${id}.${home.path}`;
    markers.push(marker);
    prepareFolder(made, { prompt, environment: {}, record: '' });
    return { folder: made, marker };
  };
  return {
    dir: home.path,
    folder,
    start: async (prompt, command = {}) => {
      const made = folder(prompt);
      const environment = {
        HOME: home.path,
        FAKE_AGENT: 'codex',
        PATH: '/usr/bin:/bin',
        ...command.environment,
      };
      const agent = { command: process.execPath, args: [fake], cwd: home.path };
      return { ...made, identity: await startOnce(made, { ...agent, ...command, environment }) };
    },
    close: async () => {
      for (const marker of markers) if (carriers(marker).length > 0) await stopJob({ marker, graceMs: 0 });
      home.remove();
    },
  };
}

/** Starts a supervisor for one job. */
export async function startOnce({ folder, marker }: Omit<Job, 'identity'>, command: Command): Promise<Identity> {
  const { identity, requests } = await spawnSupervisor(dirname(folder.dir), command);
  requests.end(`${marker}\n`);
  return identity;
}

/** Follows a job to its end; every line and how it ended. */
export async function outcome(
  { folder, identity }: Pick<Follow, 'folder' | 'identity'>,
  options: Partial<Follow> = {},
): Promise<{ end: ProcessEnd; lines: Line[]; texts: (string | undefined)[] }> {
  const lines: Line[] = [];
  const take = (batch: Iterable<Line>) => void lines.push(...batch);
  const follower = followJob({ folder, identity, fromOffset: 0, onLines: take, ...options });
  const end = await follower.ended;
  return { end, lines, texts: lines.map((line) => line.text) };
}

/** Waits until a job has come so far that `count` processes besides its supervisor carry its marker. */
export const grown = (marker: string, count: number): Promise<number[]> =>
  until(() => carriers(marker).length >= count && carriers(marker), { what: `${count} processes of ${marker}` });

/** What this process has open, by what it is. */
export const descriptors = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return []; // the listing's own
    }
  });
