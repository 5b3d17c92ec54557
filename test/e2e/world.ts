import { isDeepStrictEqual } from 'node:util';
import { onTestFinished } from 'vitest';
import { createWorld, type World } from '../helpers/hosts.ts';
import { directivesOf } from '../models/directives.ts';
import type { ModelRequest } from '../models/server.ts';

/** A world of its own for the running test. Closing it is part of the test: a process that is left over fails it. */
export async function useWorld(options: Parameters<typeof createWorld>[0] = {}): Promise<World> {
  const world = await createWorld(options);
  onTestFinished(() => world.close());
  return world;
}

/** The requests of one provider whose prompt, with whatever stands around it, has exactly the directives of `script`. */
export const asked = (world: World, provider: ModelRequest['provider'], script: string): ModelRequest[] =>
  world.models.requests.filter(
    (request) => request.provider === provider && isDeepStrictEqual(directivesOf(request.prompt), directivesOf(script)),
  );
