import { PROTOCOL, type Status } from '../../shared/wire.ts';
import { storeNotices } from '../jobs/rescue.ts';
import type { AddRoute } from './served.ts';

/** `GET /status`: what the daemon says of itself. */
export const addStatus: AddRoute = (app, { jobs, version, paths, config }) => {
  const startedAt = Date.now();
  app.get('/status', (): Status => {
    const counts = jobs.store.jobs.counts();
    const notices = [...storeNotices(paths), ...config.notices()];
    return { version, protocol: PROTOCOL, pid: process.pid, home: paths.home, startedAt, jobs: counts, notices };
  });
};
