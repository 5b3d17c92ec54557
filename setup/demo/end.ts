import { existsSync } from 'node:fs';
import { isTerminal, type JobState } from '../../shared/job.ts';
import { isAlive, processesOf } from '../../test/helpers/processes.ts';
import { openHost } from './host.ts';
import { daemonOf, jobsOf, qantara, removeFolder, type Stage, until } from './stage.ts';

const cancelLimits = { timeout: 20_000 };

/** Stops what an interrupted step left running, through the bridge, as a host does. */
async function cancelJobs(stage: Stage): Promise<void> {
  const unfinished = (await jobsOf(stage)).filter((job) => !isTerminal(job.state as JobState));
  if (unfinished.length === 0) return;
  const host = await openHost(stage.project, stage.environment, cancelLimits);
  await Promise.all(unfinished.map((job) => host.call('cancel_job', { job_id: job.id }))).finally(host.close);
}

async function stopDaemon(stage: Stage): Promise<void> {
  const daemon = await daemonOf(stage);
  await qantara(stage, 'daemon', 'stop');
  if (daemon && isAlive(daemon.pid)) throw new Error(`the daemon, process ${daemon.pid}, did not stop`);
}

/** Ends what still has the temporary home in its environment and says so: something of ours stayed behind. */
async function endLeftovers(stage: Stage): Promise<void> {
  // With the person's own home this would name his own processes.
  if (stage.environment.HOME !== stage.root) return;
  const left = () => processesOf(stage.root);
  await until('every process ended', () => left().length === 0, { limitMs: 5_000 }).catch(() => undefined);
  const named = left().map(({ pid, command }) => `${pid} ${command}`);
  for (const { pid } of left()) process.kill(pid, 'SIGKILL');
  if (named.length > 0) throw new Error(`these processes were still running and had to be killed: ${named.join('; ')}`);
}

/**
 * Ends everything that the stage started and removes its folder, 60 s at most. Goes on after a failure; returns what
 * went wrong.
 */
export async function clear(stage: Stage): Promise<string[]> {
  const problems: string[] = [];
  const attempt = async (work: () => unknown): Promise<void> => {
    try {
      await work();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  };
  for (const host of stage.hosts) await attempt(host.close);
  if (existsSync(stage.paths.home)) {
    await attempt(() => cancelJobs(stage));
    await attempt(() => stopDaemon(stage));
  }
  await attempt(() => stage.models?.close());
  await attempt(() => endLeftovers(stage));
  await attempt(() => removeFolder(stage));
  return problems;
}
