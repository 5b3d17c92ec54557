import type { Paths } from '../../shared/paths.ts';
import { ask } from '../http.ts';
import { insist } from './insist.ts';

export interface Interrupt {
  /** From now on it is this job that an interrupt is about; `say` tells the person. */
  watch(id: string, say: (text: string) => void): void;
  /** Leaves interrupts to the system again. */
  end(): void;
}

/**
 * Ctrl-C asks once and then cancels the job; a third one leaves without waiting for its end. Whoever closes the
 * terminal or ends this process otherwise leaves the job running.
 */
export function cancelOnInterrupt(paths: Paths): Interrupt {
  let job: { id: string; say: (text: string) => void } | undefined;
  let count = 0;
  const act = (): void => {
    if (!job || count === 0) return;
    const { id, say } = job;
    if (count === 1) return say(`${id} goes on. Ctrl-C again cancels it; to leave it running, close this terminal.`);
    if (count > 2) process.exit(130);
    say(`Cancelling ${id} …`);
    insist(paths, () => ask(paths, 'POST', `/jobs/${id}/cancel`)).catch((error: Error) => say(error.message));
  };
  const onInterrupt = (): void => {
    count++;
    act();
  };
  const onTerminate = (_signal: NodeJS.Signals, number: number): void => {
    if (job) job.say(`${job.id} goes on; "qantara jobs logs -f ${job.id}" shows it.`);
    process.exit(128 + number);
  };
  process.on('SIGINT', onInterrupt);
  process.once('SIGTERM', onTerminate);
  return {
    watch(id, say) {
      job = { id, say };
      act();
    },
    end: () => void process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate),
  };
}
