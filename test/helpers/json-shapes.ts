import { z } from 'zod';
import { jobStates } from '../../shared/job.ts';

/**
 * The shape of what each command prints with `--json`: nothing more, nothing less. Scripts rely on it, so a field may
 * be added but not renamed, removed or given another meaning.
 */
const name = z.string().min(1);
const count = z.int().min(0);
/** ms since the epoch. */
const time = z.int().positive();

const usage = z.strictObject({
  inputTokens: count.optional(),
  outputTokens: count.optional(),
  cachedTokens: count.optional(),
  costUsd: z.number().min(0).optional(),
  estimated: z.literal(true).optional(),
});

const job = z.strictObject({
  id: name,
  agent: name,
  state: z.enum(jobStates),
  task: z.string(),
  cwd: name,
  host: name.nullable(),
  parent: name.nullable(),
  sessionId: name.nullable(),
  background: z.boolean(),
  createdAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  error: z.string().nullable(),
  usage,
});

const session = z.strictObject({
  agent: name,
  id: name,
  cwd: name,
  host: name,
  lastJob: name,
  usedAt: time,
  busy: name.nullable(),
});

const mode = { name, access: z.enum(['read', 'edit', 'full']), holds: z.enum(['sandbox', 'rule', 'nothing']) };

const agent = z.strictObject({
  name,
  title: name,
  binary: name.nullable(),
  version: name.nullable(),
  login: z.enum(['yes', 'none found', 'unknown']),
  mode: z.strictObject(mode),
  offeredTo: z.array(z.strictObject({ host: name, ...mode })),
  modes: z.array(z.strictObject(mode)).min(1),
  resume: z.array(name).min(2),
  reasoning: z.array(name),
  thinking: z.array(name),
});

const sums = z.strictObject({
  key: name,
  jobs: count,
  succeeded: count,
  failed: count,
  cancelled: count,
  timedOut: count,
  lost: count,
  unfinished: count,
  ranMs: count,
  inputTokens: count,
  outputTokens: count,
  cachedTokens: count,
  costUsd: z.number().min(0),
  costUnknown: count,
});

const detail = z.strictObject({
  ...job.shape,
  depth: count,
  exitCode: z.int().nullable(),
  errorCode: name.nullable(),
  stopReason: name.nullable(),
  mode: name,
  access: z.enum(['read', 'edit', 'full']),
  holds: z.enum(['sandbox', 'rule', 'nothing']),
  heldBy: name.nullable(),
  model: name.nullable(),
  reasoning: name.nullable(),
  thinking: name.nullable(),
  timeLimitMs: count,
  deliveredAt: time.nullable(),
  activity: z.strictObject({ phase: name, actions: z.array(z.string()) }).nullable(),
  children: z.array(job),
  files: z.array(z.strictObject({ path: name, change: z.enum(['added', 'changed', 'deleted']) })),
  policy: z.array(z.strictObject({ name, value: z.unknown(), origin: name })),
  answerBytes: count,
  folder: name,
  answer: z.string(),
});

const values = z.record(z.string(), z.strictObject({ value: z.unknown().optional(), from: name }));

/** By the words of the command. */
export const jsonShapes = {
  ask: z.union([detail, job]),
  'jobs ls': z.array(job),
  'jobs show': detail,
  'jobs logs': z.union([
    z.strictObject({ job }),
    z.strictObject({ seq: count, at: time, event: z.looseObject({ type: name }) }),
  ]),
  'jobs wait': z.array(job),
  'jobs prune': z.strictObject({ removed: z.boolean(), jobs: z.array(name), bytes: count }),
  'sessions ls': z.array(session),
  'sessions show': z.strictObject({ ...session.shape, jobs: z.array(job) }),
  'sessions resume': z.strictObject({ cwd: name, command: z.array(name).min(2) }),
  agents: z.array(agent),
  stats: z.strictObject({
    by: z.enum(['agent', 'host', 'project', 'day']),
    since: z.int(),
    total: sums,
    rows: z.array(sums),
  }),
  'daemon status': z.strictObject({
    running: z.boolean(),
    version: name.optional(),
    protocol: count.optional(),
    pid: count.optional(),
    home: name.optional(),
    startedAt: time.optional(),
    jobs: z.partialRecord(z.enum(jobStates), count).optional(),
    notices: z.array(z.string()).optional(),
    service: z
      .strictObject({
        manager: z.enum(['systemd', 'launchd']),
        name,
        file: name,
        loaded: z.boolean().optional(),
        enabled: z.boolean().optional(),
        active: z.boolean().optional(),
        word: name.optional(),
        pid: count.optional(),
        fault: z.string().optional(),
      })
      .nullable(),
  }),
  config: z.union([
    z.strictObject({
      path: name,
      running: z.boolean(),
      notices: z.array(z.string()),
      everyHost: values.optional(),
      hosts: z.record(
        z.string(),
        z.strictObject({ registration: name.nullable(), problem: z.string().optional(), policy: values }),
      ),
      sections: z.record(z.string(), values).optional(),
    }),
    z.strictObject({ path: name, problems: z.array(z.looseObject({ line: count, text: name })) }),
  ]),
  setup: z.strictObject({
    config: z.strictObject({ path: name.optional(), diff: z.string().optional(), note: z.string().optional() }),
    found: z.array(
      z.strictObject({
        name,
        title: name,
        binary: name.optional(),
        version: name.optional(),
        login: z.enum(['yes', 'none found']).optional(),
      }),
    ),
    hosts: z.array(
      z.strictObject({
        name,
        outcome: z.enum(['would change', 'changed', 'unchanged', 'skipped']),
        expose: z.array(name).optional(),
        approve: z.boolean().optional(),
        notes: z.array(z.string()).optional(),
        files: z.array(z.strictObject({ path: name, diff: z.string(), backup: name.optional() })).optional(),
        reason: z.string().optional(),
      }),
    ),
  }),
  doctor: z.array(
    z.strictObject({
      id: name,
      title: name,
      status: z.enum(['ok', 'warning', 'fault', 'skipped']),
      detail: z.string(),
      remedy: z.string().nullable(),
      fixable: z.boolean(),
      did: z.string().optional(),
    }),
  ),
} satisfies Record<string, z.ZodType>;
