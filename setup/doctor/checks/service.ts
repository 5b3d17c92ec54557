import { installedService } from '../../../shim/service.ts';
import { planService } from '../../service/plan.ts';
import { lingerAdvice, stateOf } from '../../service/state.ts';
import { type Check, fault, ok, warning } from '../check.ts';

/** A service that is installed is as this release writes it, is started at login, and runs the daemon. */
export const service: Check = {
  id: 'service',
  title: 'Service',
  group: 'Daemon',
  needs: ['state-folder', 'installation'],
  run: async (world) => {
    const paths = world.paths();
    const installed = installedService(paths);
    if (!installed) return ok('not installed; hosts start the daemon by themselves');
    const install = 'qantara daemon install';
    const mend = () => world.qantara('daemon', 'install');
    const { state } = planService(world.place, paths);
    if (state === 'older') return fault(`${installed.file} is of another release or installation`, install, mend);
    if (state === 'foreign') return ok(`${installed.file} is your own`);
    const { enabled, word, pid } = await stateOf(installed);
    if (!enabled) return fault(`${installed.name} is not enabled, so it does not start at login`, install, mend);
    if (word === 'failed') return fault(`${installed.name} has failed`, 'qantara daemon start');
    const running = await world.status().catch(() => undefined);
    if (running && running.pid !== pid) {
      const remedy = 'qantara daemon restart';
      return warning(`the running daemon (pid ${running.pid}) is not that of ${installed.name}`, remedy);
    }
    const advice = lingerAdvice(installed);
    if (advice) return warning(...(advice.split(' To keep them: ') as [string, string]));
    return ok(`${installed.name}, ${word}`);
  },
};
