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

/** By the words of the command. */
export const jsonShapes = {
  'jobs ls': z.array(job),
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
  }),
} satisfies Record<string, z.ZodType>;
