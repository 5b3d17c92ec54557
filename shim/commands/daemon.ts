import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { exitCodeOf, QantaraError } from '../../shared/errors.ts';
import { duration } from '../../shared/format.ts';
import { type Paths, pathsIn } from '../../shared/paths.ts';
import type { Status } from '../../shared/wire.ts';
import { daemonEntry } from '../daemon-entry.ts';
import { ask, statusOf } from '../http.ts';
import { startDaemon } from '../start-daemon.ts';
import { addDaemonLogs } from './daemon-logs.ts';
import { addDaemonService, type Installed, lookAtService, stopService } from './daemon-service.ts';

const stopLimitMs = 10_000;

/** `qantara daemon …`: the life of the background process. */
export function addDaemon(program: Command): void {
  const daemon = program.command('daemon').description('the background process that runs the jobs');
  daemon
    .command('start')
    .description('start it and wait until it answers; hosts do this by themselves')
    .option('--foreground', 'run it in this terminal until interrupted')
    .addHelpText('after', '\nExamples:\n  qantara daemon start\n  qantara daemon start --foreground')
    .action(start);
  daemon
    .command('stop')
    .description('stop it and wait until it is gone; running jobs go on, and a host that waits for one starts it again')
    .addHelpText('after', '\nExamples:\n  qantara daemon stop')
    .action(() => stop());
  daemon
    .command('restart')
    .description('stop and start it; running jobs go on')
    .addHelpText('after', '\nExamples:\n  qantara daemon restart')
    .action(async () => {
      await stop();
      await start({});
    });
  daemon
    .command('status')
    .description('whether it runs (exit code 0) or not (5)')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  qantara daemon status\n  qantara daemon status --json')
    .action(showStatus);
  addDaemonLogs(daemon);
  addDaemonService(daemon, stop);
}

async function start({ foreground }: { foreground?: boolean }): Promise<void> {
  const paths = pathsIn();
  const running = await statusOf(paths);
  if (running) return console.log(`The daemon is already running (pid ${running.pid}).`);
  // The daemon's program runs by being imported; it ends this process when it is told to.
  if (foreground) return void (await import(pathToFileURL(daemonEntry()).href));
  await startDaemon(paths);
  const { pid } = await ask<Status>(paths, 'GET', '/status');
  console.log(`The daemon is running (pid ${pid}).`);
}

async function stop(paths = pathsIn()): Promise<void> {
  const running = await statusOf(paths);
  if (!running) return console.log('The daemon is not running.');
  if (!(await stopService(paths, running.pid))) await ask(paths, 'POST', '/stop');
  await gone(running.pid, paths);
  console.log(`The daemon has stopped (pid ${running.pid}).`);
}

/** Returns when the process has ended; throws when it has not after 10 s. */
async function gone(pid: number, paths: Paths): Promise<void> {
  const until = performance.now() + stopLimitMs;
  while (isRunning(pid)) {
    if (performance.now() > until) {
      const problem = `it was told to stop, but process ${pid} still runs after ${stopLimitMs / 1000} s.`;
      throw new QantaraError('daemon_unavailable', { path: paths.socket, problem });
    }
    await sleep(20);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false; // It was ours a moment ago, so this can only mean that it ended.
  }
  try {
    // Ended, and nobody has collected it: usual where the first process of a container does not care.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true; // No /proc here, and the signal arrived.
  }
}

async function showStatus({ json }: { json?: boolean }): Promise<void> {
  const paths = pathsIn();
  const status = await statusOf(paths);
  if (!status) process.exitCode = exitCodeOf('daemon_unavailable');
  const installed = await lookAtService(paths);
  if (json) {
    const service = installed && { ...installed.service, ...installed.state, fault: installed.fault };
    return console.log(JSON.stringify({ running: status !== undefined, ...status, service: service ?? null }, null, 2));
  }
  if (!status) console.log(`The daemon is not running (${paths.socket}).`);
  if (!status) return installed && console.log(`  service ${serviceWords(installed)}`);
  const jobs = Object.entries(status.jobs).map(([state, count]) => `${count} ${state}`);
  console.log(`The daemon is running (pid ${status.pid}, version ${status.version}).`);
  console.log(`  up      ${duration(Date.now() - status.startedAt)}`);
  console.log(`  home    ${status.home}`);
  console.log(`  jobs    ${jobs.join(', ') || 'none'}`);
  if (installed) console.log(`  service ${serviceWords(installed, status.pid)}`);
  for (const notice of status.notices ?? []) console.log(`  notice  ${notice}`);
}

/** Whether it is enabled and active, and whose the running daemon is. */
function serviceWords({ service, state, fault }: Installed, pid?: number): string {
  if (!state) return `${service.name}: ${fault}`;
  const words = `${service.name}, ${state.enabled ? 'enabled' : 'not enabled'}, ${state.word}`;
  if (pid === undefined) return words;
  return state.pid === pid
    ? `${words}; it runs this daemon`
    : `${words}; this daemon was started without it (\`qantara daemon restart\` hands it over)`;
}
