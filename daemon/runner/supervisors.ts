import { readlinkSync } from 'node:fs';
import { type Identity, isAlive, lastPid, leftInSession } from './process.ts';
import { type Command, type Supervisor, spawnSupervisor } from './spawn.ts';

/** How long a supervisor without a job is kept for the next one; ms. It holds the environment of its jobs. */
const idleMs = 2_000;
/** A supervisor whose job takes longer is not kept: there is little to save then, and much that may be left behind; ms. */
const briefMs = 10_000;

/** A supervisor with what it can run: `serves` is the same for jobs that differ in nothing but their folder. */
interface Kept extends Supervisor {
  serves: string;
  /** The pid that was given last before its job began; see `leftInSession`. */
  before?: number;
  timer?: NodeJS.Timeout;
}

/**
 * The supervisors of this daemon, for jobs in `jobsDir`. One that is done with a short job, of which nothing is left,
 * serves the next job that differs in nothing but its folder: to fork this process takes 4 ms, and as much again
 * afterwards, since each page that is touched then is a fault. 500 jobs, 16 at once, took 7.7 ms each instead of 18.3 on
 * 2 cores of a nested virtual machine.
 */
export function createSupervisors(jobsDir: string) {
  const idle = new Set<Kept>();
  const busy = new Map<number, Kept>();

  const dismiss = (one: Kept): void => {
    clearTimeout(one.timer);
    idle.delete(one);
    busy.delete(one.identity.pid);
    one.requests.end();
  };
  const after = (one: Kept, ms: number): void => {
    clearTimeout(one.timer);
    one.timer = setTimeout(dismiss, ms, one).unref();
  };

  return {
    /**
     * A supervisor for one job, that does nothing yet. Rejects with `spawn_failed`, as `spawnSupervisor` does.
     * Whoever took it calls `begin` or `dismiss`.
     */
    async take(command: Command): Promise<Identity> {
      const serves = JSON.stringify(command);
      const known = [...idle].find((one) => one.serves === serves && isInPlace(one, command.cwd));
      const one: Kept = known ?? { ...(await spawnSupervisor(jobsDir, command)), serves };
      idle.delete(one);
      busy.set(one.identity.pid, one);
      return one.identity;
    },
    /** Lets a supervisor that was taken begin with the job of a marker. */
    begin({ pid }: Identity, marker: string): void {
      const one = busy.get(pid);
      if (!one) return;
      one.before = lastPid();
      after(one, briefMs);
      one.requests.write(`${marker}\n`);
    },
    /** Its job has ended by itself, and that is recorded. */
    ended({ pid }: Identity): void {
      const one = busy.get(pid);
      if (!one) return;
      if (leftInSession(pid, one.before)) return dismiss(one);
      busy.delete(pid);
      idle.add(one);
      after(one, idleMs);
    },
    /** It gets no other job, and ends when it is done with the one that it has. */
    dismiss({ pid }: Identity): void {
      const one = busy.get(pid);
      if (one) dismiss(one);
    },
  };
}

export type Supervisors = ReturnType<typeof createSupervisors>;

/** Whether a supervisor is there and its directory still the one of that name. */
function isInPlace({ identity }: Kept, cwd: string): boolean {
  try {
    return isAlive(identity) && readlinkSync(`/proc/${identity.pid}/cwd`) === cwd;
  } catch {
    return false; // it has just ended
  }
}
