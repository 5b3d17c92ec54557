import type { FastifyInstance } from 'fastify';
import type { Paths } from '../../shared/paths.ts';
import type { PolicyLayers } from '../caller.ts';
import type { ConfigInForce } from '../config/in-force.ts';
import type { Jobs } from '../jobs/context.ts';

/** What the routes serve from. */
export interface Served {
  jobs: Jobs;
  layers: PolicyLayers;
  config: ConfigInForce;
  version: string;
  paths: Paths;
  /** Ends the daemon; running jobs go on. */
  stop(): void;
}

/** Adds one route with its schema, which is compiled when it is first asked for. */
export type AddRoute = (app: FastifyInstance, served: Served) => void;
