import Fastify, { type FastifyInstance } from 'fastify';
import { bodyBytes } from '../door/limits.ts';
import { lazyValidators } from './validators.ts';

/** Fastify as a router of requests that somebody else takes in. Nothing but this file loads it. */
export const createApp = (): FastifyInstance =>
  Fastify({
    logger: false,
    bodyLimit: bodyBytes,
    schemaController: { compilersFactory: { buildValidator: lazyValidators() } },
  });
