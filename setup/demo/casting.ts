import type { Agent } from '../../shared/agents/agent.ts';
import { agents } from '../../shared/agents/index.ts';
import { type Candidate, findCandidates } from './delegates.ts';
import { command, heading, row, say } from './narrate.ts';
import { castStandIns, type Stage } from './stage.ts';
import type { Play } from './steps.ts';
import { isScripted } from './tasks.ts';

export interface Wishes {
  /** The person's own logins and real tokens. */
  real: boolean;
  /** The name of the agent that plays all parts. */
  agent?: string;
}

function show(candidates: readonly Candidate[]): void {
  const longest = Math.max(...candidates.map(({ agent }) => agent.binary.length));
  for (const { agent, path, version, problem } of candidates) {
    const found = path === undefined ? 'not found' : `${version ?? `does not start: ${problem}`}  ${path}`;
    row(`${agent.binary.padEnd(longest)}  ${found}`);
  }
}

/** What to do where `--real` has nobody to ask. */
function explainInstall(missing: readonly Agent[]): void {
  say('To run it with real agents, install one of these, log in, and try again:');
  for (const agent of missing) command(`${agent.install} && ${agent.login}`);
}

function standIns(stage: Stage, agent: string | undefined): Play {
  castStandIns(stage);
  say(
    'So a stand-in plays them: a small script of this repository that prints what such a CLI prints, with made-up counts of tokens, and thinks nothing. ' +
      'What it is to do stands in its task in [[ ]]. The shim, the daemon and the jobs are the real ones.',
  );
  const [first, second] = agents.filter(({ name }) => agent === undefined || name === agent);
  return { stage, cast: 'stand-in', first: first as Agent, second: second ?? (first as Agent) };
}

/**
 * Looks at what is installed, says so, and decides who plays. Throws when the wished-for agent is not there, and with
 * `real` when none is.
 */
export async function castPlay(stage: Stage, { real, agent }: Wishes): Promise<Play> {
  heading(1, 'Agent CLIs on your PATH');
  const candidates = await findCandidates(stage.environment, stage.ended);
  show(candidates);
  const able = candidates
    .filter((one) => one.version !== undefined && (real || isScripted(one.agent)))
    .map((one) => one.agent);
  const [first, next = first] = able.filter(({ name }) => agent === undefined || name === agent);
  if (!first || !next) {
    if (real) explainInstall(agents.filter(({ name }) => agent === undefined || name === agent));
    else if (able.length === 0) return standIns(stage, agent);
    throw new Error(agent ? `${agent} is not there to be asked.` : 'No agent CLI is there to be asked.');
  }
  if (real) {
    say(`${first.title} plays all parts, with your own login and real tokens: three short questions.`);
    say('The daemon is one of its own, in a temporary folder; the agent may only read.');
  } else {
    say(
      `They run in a temporary home, logged in at a scripted model on ${stage.models?.url}: no account, no costs; the counts below are made up. ` +
        'What the model is to do stands in its task in [[ ]].',
    );
  }
  const second = real ? first : next;
  const idle = able.filter((one) => one !== first && one !== second).map(({ name }) => name);
  if (idle.length > 0) say(`Not asked this time: ${idle.join(', ')} (--agent NAME chooses).`);
  return { stage, cast: real ? 'real' : 'loopback', first, second };
}
