/** `--import`ed into a process: at every SIGUSR2 notes how late its event loop was since the one before; p99 in ms. */
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolution = 10;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
process.on('SIGUSR2', () => {
  appendFileSync(process.env.BENCH_DELAYS, `${Math.max(0, delay.percentile(99) / 1e6 - resolution)}\n`);
  delay.reset();
});
