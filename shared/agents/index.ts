import type { Agent } from './agent.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { gemini } from './gemini.ts';

/** Every agent, in the fixed order in which hosts see their tools. Adding one is its file and a line here. */
export const agents: readonly Agent[] = [claude, codex, gemini];

/** The agent of that name, or undefined. */
export const agentNamed = (name: string): Agent | undefined => agents.find((agent) => agent.name === name);
