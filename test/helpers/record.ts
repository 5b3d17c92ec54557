/**
 * Records what an agent CLI really prints, with scripted models on loopback and a temporary HOME:
 *
 *   node test/helpers/record.ts <agent> <case|all> [folder]
 *
 * `folder`: the name of the fixture where it is not that of the case. The CLI is the one on the PATH. The recording
 * holds neutral paths; read `expected.json` before you keep it, since it is what the adapter made of the stream.
 */
import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Agent, Exit, Run } from '../../shared/agents/agent.ts';
import { agentNamed } from '../../shared/agents/index.ts';
import { emptySummary, fold } from '../../shared/events.ts';
import { digest, fixtureFolder } from './fixtures.ts';
import { type Case, cases } from './record-cases.ts';
import { startModels, type Turn } from './scripted-models.ts';

const limitMs = 90_000;
const packedFrom = 64 * 1024;

/** How each CLI is led to the scripted models: variables, and files below HOME. No retries, where one can say so. */
const setups: Record<string, (url: string) => { environment: Record<string, string>; files: Record<string, string> }> =
  {
    claude: (url) => ({
      environment: {
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_API_KEY: 'dummy',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        CLAUDE_CODE_MAX_RETRIES: '1',
      },
      files: {},
    }),
    codex: (url) => ({
      environment: { LOCAL_KEY: 'dummy' },
      files: {
        '.codex/config.toml': [
          'model = "gpt-5"',
          'model_provider = "local"',
          '[model_providers.local]',
          'name = "local"',
          `base_url = "${url}/v1"`,
          'wire_api = "responses"',
          'env_key = "LOCAL_KEY"',
          'request_max_retries = 0',
          'stream_max_retries = 0',
        ].join('\n'),
      },
    }),
    gemini: (url) => ({
      environment: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'dummy' },
      files: {
        '.gemini/settings.json': JSON.stringify({
          security: { auth: { selectedType: 'gemini-api-key' } },
          model: { name: 'gemini-2.5-flash' },
          general: { enableAutoUpdate: false },
          privacy: { usageStatisticsEnabled: false },
        }),
      },
    }),
  };

function locate(binary: string): string {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, binary), constants.X_OK);
      return join(folder, binary);
    } catch {
      // Not in this folder; the next one may have it.
    }
  }
  throw new Error(`There is no ${binary} on the PATH.`);
}

/** Runs the CLI as the daemon does: stdin, stdout and stderr are files, and it leads its own process group. */
async function runOnce(
  agent: Agent,
  one: Case,
  home: string,
  prompt: string,
  turns: readonly Turn[],
  sessionId?: string,
) {
  const cwd = join(home, 'project');
  const models = await startModels(prompt, JSON.parse(JSON.stringify(turns).replaceAll('{cwd}', cwd)));
  const setup = setups[agent.name]?.(`http://127.0.0.1:${models.port}`);
  if (!setup) throw new Error(`The recorder does not know how to set up ${agent.name}.`);
  for (const [path, text] of Object.entries({ ...setup.files, 'project/notes.txt': 'one\n', 'tmp/.keep': '' })) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const run: Run = { prompt, cwd, mode: agent.settings.mode.fallback, sessionId, ...one.run };
  const binary = locate(agent.binary);
  const environment: Record<string, string | undefined> = {
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    ...setup.environment,
    ...agent.environment(run),
    ...one.environment,
  };
  const file = (name: string) => join(home, name);
  writeFileSync(file('in'), prompt);
  const stdio = [openSync(file('in'), 'r'), openSync(file('out'), 'w'), openSync(file('err'), 'w')];
  const child = spawn(binary, agent.args(run), { cwd, env: environment, detached: true, stdio });
  const kill = (signal: NodeJS.Signals) => process.kill(-(child.pid as number), signal);
  const ended = new Promise<number>((done) =>
    child.once('exit', (code, signal) => done(code ?? 128 + os.signals[signal as NodeJS.Signals])),
  );
  let running = true;
  void ended.then(() => (running = false));
  const deadline = setTimeout(() => kill('SIGKILL'), limitMs);
  while (one.signal && running && !readFileSync(file('out'), 'utf8').includes(one.signal.after)) await delay(50);
  if (one.signal && running) {
    // Long enough for the tool to have started: this is what is interrupted.
    await delay(500);
    kill(one.signal.name);
  }
  const code = await ended;
  clearTimeout(deadline);
  models.close();
  const exit: Exit = { code, stdout: readFileSync(file('out'), 'utf8'), stderr: readFileSync(file('err'), 'utf8') };
  return { exit, port: models.port, binary, run };
}

/** Neutral paths and ports in place of this machine's. */
function scrub(text: string, home: string, port: number, binary: string): string {
  const modules = realpathSync(binary).replace(/\/node_modules\/.*$/, '/node_modules');
  return text
    .replaceAll(home, '/home/user')
    .replaceAll(home.replaceAll('/', '-'), '-home-user')
    .replaceAll(modules, '/usr/lib/node_modules')
    .replaceAll(`127.0.0.1:${port}`, '127.0.0.1:8080');
}

async function record(agent: Agent, name: string, one: Case, folderName: string): Promise<void> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'record-')));
  try {
    let sessionId = one.run?.sessionId;
    if (one.first) {
      const { exit } = await runOnce(agent, { ...one, first: undefined }, home, 'Remember this number: 4.', one.first);
      const summary = emptySummary();
      for (const event of exit.stdout.split('\n').flatMap(agent.parse)) fold(summary, event);
      sessionId = summary.sessionId;
    }
    const done = await runOnce(
      agent,
      one,
      home,
      `Recording of the case "${name}": what is 2 + 2?`,
      one.turns,
      sessionId,
    );
    const clean = (text: string) => scrub(text, home, done.port, done.binary);
    const exit: Exit = { code: done.exit.code, stdout: clean(done.exit.stdout), stderr: clean(done.exit.stderr) };
    const folder = fixtureFolder(agent.name, folderName);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const long = exit.stdout.length > packedFrom;
    writeFileSync(join(folder, long ? 'stdout.jsonl.gz' : 'stdout.jsonl'), long ? gzipSync(exit.stdout) : exit.stdout);
    writeFileSync(join(folder, 'stderr.txt'), exit.stderr);
    writeFileSync(join(folder, 'exit'), `${exit.code}\n`);
    const told = digest(agent, exit);
    writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(told, null, 2)}\n`);
    console.log(`${agent.name} ${folderName}: exit ${exit.code}, ${told.outcome} ${told.verdict ?? ''}`);
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const [agentName = '', caseName = '', folder] = process.argv.slice(2);
const agent = agentNamed(agentName);
const known = cases[agentName] ?? {};
const wanted = caseName === 'all' ? Object.keys(known) : [caseName];
for (const name of wanted) {
  const one = known[name];
  if (!agent || !one)
    throw new Error(`Usage: record.ts <agent> <case|all> [folder]. There is no ${agentName} ${name}.`);
  await record(agent, name, one, folder ?? name);
}
