import { cpus, totalmem } from 'node:os';

/** The machine in words: what a figure depends on. */
export function machineWords(): string {
  const [first, ...others] = cpus();
  const cores = others.length + 1;
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cores} core${cores === 1 ? '' : 's'} of ${first?.model.trim() ?? 'an unknown CPU'}, ${gigabytes} GB, ${process.platform} ${process.arch}, Node ${process.version.slice(1)}`;
}
