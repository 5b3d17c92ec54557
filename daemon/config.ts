import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { agents } from '../shared/agents/index.ts';
import { QantaraError, wordsOf } from '../shared/errors.ts';
import type { Exposed } from '../shared/exposed.ts';
import { type Layer, resolvePolicy, settings } from '../shared/policy.ts';
import type { Prices } from './budget/prices.ts';
import type { PolicyLayers } from './caller.ts';
import type { Limits } from './jobs/context.ts';
import type { Retention } from './jobs/retain.ts';

/** Enough to keep several hosts busy, and not so many that agents starve each other. */
const defaultRunning = 16;
/** Far more than an agent says in hours, and less than fills a disk; bytes. */
const defaultJobBytes = 1024 ** 3;
const defaultAgeDays = 30;
const defaultBytes = 10 * 1024 ** 3;
const dayMs = 86_400_000;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const names = settings.map((setting) => setting.name) as [string, ...string[]];
const places = z.number().int().min(1);
/** US dollars per million tokens. */
const rate = z.number().min(0);
const bytes = z.number().int().min(1);
const section = z.partialRecord(z.enum(names), scalar);
/** A ceiling needs an order: a setting that has none cannot be held below one. */
const limitable = settings.filter((setting) => setting.cut).map((setting) => setting.name) as [string, ...string[]];
const shape = z.strictObject({
  policy: section.optional(),
  hosts: z.record(z.string(), section).optional(),
  ceiling: z.partialRecord(z.enum(limitable), scalar).optional(),
  limits: z
    .strictObject({
      max_running: places.optional(),
      max_running_per_host: places.optional(),
      max_running_per_tree: places.optional(),
      max_calls_per_tree: places.optional(),
      max_calls_per_day: places.optional(),
      max_tokens_per_tree: places.optional(),
      max_tokens_per_day: places.optional(),
      max_cost_usd_per_tree: z.number().positive().optional(),
      max_cost_usd_per_day: z.number().positive().optional(),
      agents: z.partialRecord(z.enum(agents.map((agent) => agent.name) as [string, ...string[]]), places).optional(),
      max_job_bytes: bytes.optional(),
    })
    .default({}),
  prices: z.record(z.string(), z.strictObject({ input: rate, output: rate, cached: rate.optional() })).default({}),
  retention: z
    .strictObject({ max_age_days: z.number().positive().optional(), max_bytes: bytes.optional() })
    .default({}),
});
type Section = z.infer<typeof section>;

/** What the owner wrote into config.toml; its policy as layers below the environment of a host's registration. */
export interface Config {
  layers: PolicyLayers;
  /** For shims: which agents each host is offered when its registration does not say. */
  exposed: Exposed;
  limits: Limits;
  prices: Prices;
  retention: Retention;
}

function layerOf(path: string, title: string, values: Section): Layer {
  const texts = Object.entries(values).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(',') : value === true ? '1' : value === false ? '0' : String(value),
  ]);
  return {
    origin: `[${title}] of ${path}`,
    values: Object.fromEntries(texts) as Record<string, string>,
    label: (name) => `${name} in [${title}]`,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new QantaraError('bad_config', { path, problem: wordsOf(error) }, error);
  }
}

/**
 * Reads config.toml once; a missing file is an empty one. Throws `bad_config` where it does not parse or has an
 * unknown key, `bad_policy` where a value is not allowed.
 */
export function readConfig(path: string): Config {
  let raw: unknown;
  try {
    raw = parse(readText(path));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = `line ${error.line}: ${error.message.split('\n')[0]}`;
    throw new QantaraError('bad_config', { path, problem }, error);
  }
  const parsed = shape.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
    throw new QantaraError('bad_config', { path, problem: `${where}${issue?.message}.` });
  }
  const { policy, hosts = {}, ceiling } = parsed.data;
  const base = policy ? [layerOf(path, 'policy', policy)] : [];
  const perHost = new Map(
    Object.entries(hosts).map(([name, values]) => [name, layerOf(path, `hosts.${name}`, values)] as const),
  );
  const layers: PolicyLayers = {
    below: (host) => [...base, ...(perHost.has(host) ? [perHost.get(host) as Layer] : [])],
    ceiling: ceiling && layerOf(path, 'ceiling', ceiling),
  };
  const { limits } = parsed.data;
  const { max_age_days = defaultAgeDays, max_bytes = defaultBytes } = parsed.data.retention;
  const exposedTo = (host: string): readonly string[] => resolvePolicy(layers.below(host), layers.ceiling).expose;
  return {
    layers,
    exposed: {
      hosts: Object.fromEntries(['', ...perHost.keys()].map((host) => [host, exposedTo(host)])),
      ceiling: layers.ceiling && resolvePolicy([], layers.ceiling).expose,
    },
    limits: {
      total: limits.max_running ?? defaultRunning,
      agents: (limits.agents ?? {}) as Record<string, number>,
      jobBytes: limits.max_job_bytes ?? defaultJobBytes,
      perHost: limits.max_running_per_host,
      perTree: limits.max_running_per_tree,
      budgets: {
        tree: {
          calls: limits.max_calls_per_tree,
          tokens: limits.max_tokens_per_tree,
          costUsd: limits.max_cost_usd_per_tree,
        },
        day: {
          calls: limits.max_calls_per_day,
          tokens: limits.max_tokens_per_day,
          costUsd: limits.max_cost_usd_per_day,
        },
      },
    },
    prices: new Map(Object.entries(parsed.data.prices)),
    retention: { maxAgeMs: max_age_days * dayMs, maxBytes: max_bytes },
  };
}
