import type { AddRoute } from './served.ts';

/** `POST /stop`: ends the daemon once it has said so. */
export const addStop: AddRoute = (app, { stop }) => {
  app.post('/stop', (_request, answer) => {
    answer.raw.on('finish', stop);
    return { stopping: true };
  });
};
