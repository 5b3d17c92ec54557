import type { Command } from 'commander';
import type { ServicePlan } from '../../setup/service/plan.ts';
import type { ServiceState } from '../../setup/service/state.ts';
import { QantaraError } from '../../shared/errors.ts';
import { type Paths, pathsIn } from '../../shared/paths.ts';
import { statusOf } from '../http.ts';
import { commandsOf, installedService, type Service } from '../service.ts';
import { startDaemon } from '../start-daemon.ts';
import { safe } from '../terminal.ts';

/** The editors of setup are loaded only where a service is written or removed. */
const loadPlan = () => import('../../setup/service/plan.ts');
const loadInstall = () => import('../../setup/service/install.ts');
const loadState = () => import('../../setup/service/state.ts');
const ownPlace = async () => (await import('../../setup/setup.ts')).ownPlace();

interface Flags {
  dryRun?: boolean;
  replace?: boolean;
}

/** `qantara daemon install|uninstall`: the daemon as a service of the person's own service manager. */
export function addDaemonService(daemon: Command, stop: (paths: Paths) => Promise<void>): void {
  daemon
    .command('install')
    .description('make it a service that starts at login: a systemd user unit or a launchd agent')
    .option('--dry-run', 'show the file and the commands; write nothing')
    .option('--replace', 'replace a service of that name that is not ours; a backup is kept')
    .addHelpText('after', '\nExamples:\n  qantara daemon install --dry-run')
    .action((flags: Flags) => install(flags, stop));
  daemon
    .command('uninstall')
    .description('remove the service; running jobs go on, and hosts start the daemon by themselves')
    .option('--dry-run', 'show what would be removed; change nothing')
    .addHelpText('after', '\nExamples:\n  qantara daemon uninstall')
    .action(uninstall);
}

async function install({ dryRun, replace = false }: Flags, stop: (paths: Paths) => Promise<void>): Promise<void> {
  const { planService } = await loadPlan();
  const paths = pathsIn();
  const plan = planService(await ownPlace(), paths);
  const { installService, requireOwn } = await loadInstall();
  if (dryRun) {
    console.log(planText(plan));
    return requireOwn(plan, replace);
  }
  const { lingerAdvice } = await loadState();
  const { service } = plan;
  if (await installService(plan, paths, replace)) console.log(`Installed ${safe(service.file)}.`);
  else console.log(`Nothing to change: ${safe(service.file)} is installed.`);
  const running = await statusOf(paths);
  // Whatever ran until now was started by another hand, or with the former definition.
  if (running && (plan.state !== 'same' || (await pidOf(service)) !== running.pid)) await stop(paths);
  if (!(await statusOf(paths))) await startDaemon(paths);
  const status = await statusOf(paths);
  if (!status || (await pidOf(service)) !== status.pid) {
    const problem = `${service.name} did not come up; \`qantara daemon status\` and ${paths.console} say more.`;
    throw new QantaraError('daemon_unavailable', { path: paths.socket, problem });
  }
  console.log(`The service runs (pid ${status.pid}) and starts at every login.`);
  const advice = lingerAdvice(service);
  if (advice) console.log(advice);
}

const pidOf = async (service: Service): Promise<number | undefined> => (await (await loadState()).stateOf(service)).pid;

function planText({ service, state, after }: ServicePlan): string {
  const { enable, start } = commandsOf(service);
  const what = { absent: 'would write', older: 'would replace', foreign: 'is not ours', same: 'is already' }[state];
  const commands = [...enable, start].map((command) => `  ${command.join(' ')}`);
  return [`${safe(service.file)} ${what}:`, '', after, 'Commands:', ...commands, '', 'Nothing was written (--dry-run).']
    .map((line) => line.split('\n').map(safe).join('\n'))
    .join('\n');
}

async function uninstall({ dryRun }: Flags): Promise<void> {
  const paths = pathsIn();
  const place = await ownPlace();
  const service = (await loadPlan()).serviceHere(place);
  if (dryRun) {
    const { disable, forget } = commandsOf(service);
    const found = installedService(paths);
    if (!found) return console.log(`No service of this state folder is installed (${service.file}).`);
    const commands = [...disable, ['rm', service.file], ...forget].map((command) => `  ${command.join(' ')}`);
    return console.log(['Commands:', ...commands, '', 'Nothing was changed (--dry-run).'].join('\n'));
  }
  const removed = await (await loadInstall()).uninstallService(place, paths);
  console.log(removed ? `Removed ${safe(service.file)}.` : `No service is installed (${safe(service.file)}).`);
}

/** The installed service of this state folder with what its manager says; undefined where none is installed. */
export interface Installed {
  service: Service;
  /** Absent where the manager cannot be reached; then `fault` says why. */
  state?: ServiceState;
  fault?: string;
}

/** Costs one attempt to read a file where no service is installed. Never throws. */
export async function lookAtService(paths: Paths): Promise<Installed | undefined> {
  const service = installedService(paths);
  if (!service) return undefined;
  try {
    return { service, state: await (await loadState()).stateOf(service) };
  } catch (error) {
    return { service, fault: error instanceof Error ? error.message : String(error) };
  }
}

/** Stops a daemon that is the service's through its manager, which would start it again otherwise; else says false. */
export async function stopService(paths: Paths, pid: number): Promise<boolean> {
  const installed = await lookAtService(paths);
  if (installed?.state?.pid !== pid) return false;
  await (await loadState()).manage(commandsOf(installed.service).stop);
  return true;
}
