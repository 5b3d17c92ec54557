import { prepareHome } from '../../daemon/home.ts';
import { QantaraError } from '../../shared/errors.ts';
import type { Paths } from '../../shared/paths.ts';
import { commandsOf } from '../../shim/service.ts';
import type { Place } from '../host.ts';
import { backUp, replaceFile } from '../replace-file.ts';
import { snapshotOf } from '../snapshot.ts';
import { isOurs, type ServicePlan, serviceHere } from './plan.ts';
import { manage, requireManager, stateOf } from './state.ts';

/** Refuses a definition that is not ours, unless the person wants it replaced. */
export function requireOwn({ state, service, before }: ServicePlan, replace: boolean): void {
  if (state !== 'foreign' || replace) return;
  throw new QantaraError('file_untouched', {
    path: service.file,
    problem: `it is not of \`qantara daemon install\` for this state folder. It says:\n${before.text?.trimEnd()}\n`,
    remedy: 'Remove or rename it, or pass --replace to put this one in its place (a backup is kept).',
  });
}

/**
 * Writes the definition and makes it known, so that the service is ready to start; says whether anything was written.
 * Throws `file_untouched`, `no_service_manager` before anything is written, `service_failed` with the manager's words.
 */
export async function installService(plan: ServicePlan, paths: Paths, replace: boolean): Promise<boolean> {
  requireOwn(plan, replace);
  await requireManager(plan.service);
  prepareHome(paths);
  const { before, after, service, state } = plan;
  const { loaded, enabled } = await stateOf(service);
  if (state === 'same' && loaded && enabled) return false;
  if (state === 'foreign' && before.text !== undefined) backUp(before, before.text);
  if (before.text !== after) replaceFile(before, after);
  // launchd keeps to what it has read until it is told to forget it.
  if (service.manager === 'launchd' && loaded) for (const command of commandsOf(service).disable) await manage(command);
  for (const command of commandsOf(service).enable) await manage(command);
  return true;
}

/** Stops and removes the service; what its jobs run goes on. False where none of ours is installed. Throws as above. */
export async function uninstallService(place: Place, paths: Paths): Promise<boolean> {
  const service = serviceHere(place);
  const before = snapshotOf(service.file);
  if (before.text === undefined) return false;
  if (!isOurs(service, before.text, paths)) {
    const problem = 'it is not of `qantara daemon install` for this state folder';
    throw new QantaraError('file_untouched', { path: service.file, problem, remedy: 'Remove it by hand.' });
  }
  await requireManager(service);
  const { disable, forget } = commandsOf(service);
  if ((await stateOf(service)).loaded) for (const command of disable) await manage(command);
  replaceFile(before, undefined);
  for (const command of forget) await manage(command);
  return true;
}
