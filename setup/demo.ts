/**
 * `npm run demo`: what qantara does, shown with the real shim and daemon in under a minute, in a temporary home, with
 * no account and no network. `npm run demo -- --real` asks the person's own agents. Exit code 0 only if every step
 * happened as told, 128 + the signal's number after an interruption, 1 otherwise.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { agentNamed, agents } from '../shared/agents/index.ts';
import { wordsOf } from '../shared/errors.ts';
import { duration } from '../shared/format.ts';
import { castPlay, type Wishes } from './demo/casting.ts';
import { clear } from './demo/end.ts';
import { shim } from './demo/host.ts';
import { checked, command, say, title } from './demo/narrate.ts';
import { enterHost, lastWords, type Stage, setStage } from './demo/stage.ts';
import { ask, goOn, list, outlive } from './demo/steps.ts';

const usage = `npm run demo [-- [--real] [--agent NAME]]

  --real        ask your own agents, with your logins and real tokens
  --agent NAME  ask only this one: ${agents.map((agent) => agent.name).join(', ')}`;

const limitMs = { loopback: 120_000, real: 900_000 };

function readWishes(): Wishes | undefined {
  const { values } = parseArgs({
    options: { real: { type: 'boolean', default: false }, agent: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.agent !== undefined && !agentNamed(values.agent)) throw new Error(`There is no agent "${values.agent}".`);
  return values.help ? undefined : values;
}

async function perform(stage: Stage, wishes: Wishes): Promise<void> {
  const play = await castPlay(stage, wishes);
  const host = await enterHost(stage);
  const asked = await ask(play, host);
  const { id, session, next } = await outlive(play, host);
  const resumed = await goOn(play, next, session);
  await list(play, [asked, id, resumed]);
}

/** A word of a shell command. */
const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/** One line for each host. The path of this Node.js, since the one on a host's PATH may be too old for the shim. */
function showNext(wishes: Wishes): void {
  title('What to do next');
  say('Give the bridge to the agents that you use. This shows what it would change in each, and asks:');
  command(`${quoted(process.execPath)} ${quoted(join(dirname(shim), 'qantara.js'))} setup`);
  say('Or by hand; README.md tells what else to set in each:');
  const start = `${quoted(process.execPath)} ${quoted(shim)}`;
  command(`claude mcp add --scope user qantara -- ${start} --host claude`);
  command(`codex mcp add qantara -- ${start} --host codex`);
  command(`gemini mcp add --scope user qantara ${start} --host gemini`);
  if (!wishes.real) {
    say('Ask your own agents, with your logins and real tokens:');
    command('npm run demo -- --real');
  }
}

/** Ends the demo before its time: after `limit` ms, when nobody reads it any more, or at a signal, which it returns. */
function watch(end: AbortController, limit: number): () => NodeJS.Signals | undefined {
  let received: NodeJS.Signals | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      received ??= signal;
      end.abort(new Error('Interrupted.'));
    });
  }
  // `| head`: there is something to clear away all the same.
  process.stdout.on('error', (error) => end.abort(error));
  setTimeout(() => end.abort(new Error(`It took longer than ${duration(limit)}.`)), limit).unref();
  return () => received;
}

async function main(): Promise<number> {
  const wishes = readWishes();
  if (!wishes) {
    console.log(usage);
    return 0;
  }
  if (!existsSync(shim)) throw new Error(`${shim} is not built yet. Use \`npm run demo\`, which builds it first.`);
  const began = Date.now();
  const end = new AbortController();
  const interruption = watch(end, wishes.real ? limitMs.real : limitMs.loopback);
  title('qantara: coding agents that ask each other');
  const stage = await setStage(wishes.real, end.signal);
  const failure = await perform(stage, wishes).then(
    () => end.signal.reason,
    (error: unknown) => end.signal.reason ?? error,
  );
  const log = failure === undefined ? [] : lastWords(stage);
  const problems = await clear(stage);
  const signal = interruption();
  if (signal) {
    console.error(`\nInterrupted. ${problems.join(' ') || 'Everything that was started has been ended and removed.'}`);
    return 128 + constants.signals[signal];
  }
  if (failure !== undefined || problems.length > 0) {
    const reason = failure === undefined ? 'it could not be cleared away.' : wordsOf(failure);
    console.error(['', `The demo failed: ${reason}`, ...problems, ...log].join('\n'));
    return 1;
  }
  title(`Done in ${duration(Date.now() - began)}`);
  checked('The daemon has been stopped and the temporary home removed; nothing of it is left.');
  showNext(wishes);
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(`demo: ${wordsOf(error)}\n\n${usage}`);
  return 1;
});
