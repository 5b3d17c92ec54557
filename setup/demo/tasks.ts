import { join } from 'node:path';
import type { Agent } from '../../shared/agents/agent.ts';
import { call } from '../../test/models/directives.ts';

/**
 * Who does the work: a stand-in of this repository, the person's CLIs with a scripted model on the loopback
 * interface, or the person's CLIs with their real models.
 */
export type Cast = 'stand-in' | 'loopback' | 'real';

export interface Task {
  text: string;
  /** What the answer must contain for the step to have worked. */
  expected: RegExp;
}

export interface Tasks {
  /** Asked while somebody waits; takes long enough for progress to be seen. */
  ask: Task;
  /** Asked in the background; takes long enough for host and daemon to go meanwhile. */
  later: Task;
  /** Asked in the session of `later`. */
  again: Task;
}

/** Said in `later` and nowhere else, so only who remembers that conversation knows it. */
export const codeWord = 'tamarind';

export const notes = { file: 'notes.txt', text: 'Word of the day: qantara, Arabic for an arched bridge.\n' };

/** Something harmless for a scripted model to do, in the tools of each CLI that the loopback models know. */
const looks: Record<string, (project: string) => string> = {
  claude: (project) => call('Read', { file_path: join(project, notes.file) }),
  codex: () => call('exec_command', { cmd: `cat ${notes.file}` }),
  gemini: () => call('read_file', { file_path: notes.file }),
};

/** Whether the loopback models can play for this agent. */
export const isScripted = (agent: Agent): boolean => Object.hasOwn(looks, agent.name);

const scripted = (words: string, script: string, answer: string): Task => ({
  text: `${words} ${script} [[say ${answer}]]`,
  expected: new RegExp(answer.replace(/[.?]/g, '\\$&')),
});

const standInTasks = (): Tasks => ({
  ask: scripted(
    `Stand-in, what is the word of the day in ${notes.file}?`,
    '[[lines 1]] [[sleep 1300]] [[lines 2]] [[sleep 1300]]',
    'I am a stand-in: I read nothing and say what I was told to say.',
  ),
  later: scripted(
    `Stand-in, remember the code word ${codeWord}.`,
    '[[sleep 3000]]',
    'I am a stand-in, and I went on while nobody was there.',
  ),
  again: scripted('Stand-in, which code word was it?', '', 'I am a stand-in, called to resume that session.'),
});

const loopbackTasks = (agent: Agent, project: string): Tasks => ({
  ask: scripted(
    `What is the word of the day in ${notes.file}?`,
    `[[sleep 1200]] ${looks[agent.name]?.(project) ?? ''} [[sleep 1200]]`,
    'Scripted answer: the word of the day is qantara, an arched bridge.',
  ),
  later: scripted(
    `Remember the code word ${codeWord}.`,
    '[[sleep 3000]]',
    'Scripted answer: I went on while nobody was there.',
  ),
  again: scripted('Which code word was it?', '', 'Scripted answer: the one that you told me before.'),
});

const realTasks: Tasks = {
  ask: {
    text: `Read ${notes.file} in your working directory. What is the word of the day, and what does it mean? Answer in one short sentence.`,
    expected: /qantara/i,
  },
  later: {
    text: `The code word is ${codeWord}. Write nothing to any file. Answer with a haiku about bridges.`,
    expected: /\S/,
  },
  again: { text: 'Which code word did I tell you? Answer with that word alone.', expected: new RegExp(codeWord, 'i') },
};

/** What the agent is asked to do in `project`. */
export function tasksFor(cast: Cast, agent: Agent, project: string): Tasks {
  if (cast === 'real') return realTasks;
  return cast === 'loopback' ? loopbackTasks(agent, project) : standInTasks();
}
