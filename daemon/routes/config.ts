import type { ConfigRead } from '../../shared/wire.ts';
import { isSecret } from '../config/table.ts';
import type { AddRoute } from './served.ts';

/** `GET /config`: config.toml as this daemon read it, without what is secret in it. */
export const addConfig: AddRoute = (app, { config }) => {
  app.get('/config', (): ConfigRead => {
    const entries = config.entries.map(({ path, name, text, line }) => ({
      ...{ path, name, line },
      text: isSecret(path, name) ? '' : text,
    }));
    return { path: config.path, entries, notices: config.notices() };
  });
};
