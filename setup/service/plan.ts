import { QantaraError } from '../../shared/errors.ts';
import type { Paths } from '../../shared/paths.ts';
import { homeMark, type Service, serviceOn } from '../../shim/service.ts';
import type { Place } from '../host.ts';
import { daemonPath, nodePath } from '../launch.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import { authorMark, definitionOf } from './definition.ts';

/** What the definition of the service is now, and what it shall be. */
export interface ServicePlan {
  service: Service;
  before: Snapshot;
  after: string;
  /**
   * `absent`; `same`: as this release writes it; `older`: of ours, but not the same; `foreign`: not ours, or for
   * another state folder.
   */
  state: 'absent' | 'same' | 'older' | 'foreign';
}

/** The service of this platform. Throws `no_service_manager` where we know none. */
export function serviceHere(place: Place): Service {
  const service = serviceOn(place.platform, place.home);
  if (service) return service;
  throw new QantaraError('no_service_manager', {
    problem: `there is no service manager that qantara knows on ${place.platform}.`,
    remedy: daemonNeedsNone,
  });
}

export const daemonNeedsNone = 'The daemon needs none: hosts and `qantara daemon start` start it.';

/** Reads and compares; writes nothing. Throws `file_untouched`, `no_service_manager` and what `nodePath` throws. */
export function planService(place: Place, paths: Paths): ServicePlan {
  const service = serviceHere(place);
  const program = {
    node: nodePath(),
    daemon: daemonPath(),
    stateFolder: paths.home,
    console: paths.console,
  };
  const odd = Object.values(program).find((text) => /\p{Cc}/u.test(text));
  if (odd) {
    const problem = `the path ${JSON.stringify(odd)} has a control character, which no service definition can hold.`;
    throw new QantaraError('bad_parameter', { tool: 'qantara daemon install', problem });
  }
  const before = snapshotOf(service.file);
  const after = definitionOf(service, program);
  return { service, before, after, state: stateOf(service, before.text, after, paths) };
}

function stateOf(service: Service, text: string | undefined, after: string, paths: Paths): ServicePlan['state'] {
  if (text === undefined) return 'absent';
  if (text === after) return 'same';
  return isOurs(service, text, paths) ? 'older' : 'foreign';
}

/** Whether a definition was written by us for this state folder. */
export const isOurs = (service: Service, text: string, paths: Paths): boolean =>
  text.includes(authorMark) && text.includes(homeMark(service, paths.home));
