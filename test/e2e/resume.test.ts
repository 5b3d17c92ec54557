import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { World } from '../helpers/hosts.ts';
import { onTerminal } from '../helpers/on-terminal.ts';
import { processesOf } from '../helpers/processes.ts';
import { killIfAlive } from '../helpers/shim.ts';
import { until } from '../helpers/wait.ts';
import { proves } from '../promises.ts';
import { useWorld } from './world.ts';

/** Claude Code asks once whether a folder is trusted and a key is to be used, and shows nothing before that. */
function answerClaude({ home, workspace }: World): void {
  const path = join(home, '.claude.json');
  const settings = JSON.parse(readFileSync(path, 'utf8'));
  const project = { ...settings.projects?.[workspace], hasTrustDialogAccepted: true };
  const projects = { ...settings.projects, [workspace]: project };
  const customApiKeyResponses = { approved: ['loopback-key'], rejected: [] };
  writeFileSync(path, JSON.stringify({ ...settings, projects, customApiKeyResponses }));
}

/**
 * Seen with claude 2.1.330, codex 0.169 and gemini 0.61: each shows the conversation that a headless run began. On a
 * terminal Codex leaves a server of its own behind and Gemini CLI outlives its terminal, so both are ended here.
 */
test.each(['claude', 'codex', 'gemini'])(
  `${proves('T-01')} a person goes on with a session of the real %s on a terminal`,
  async (agent) => {
    const world = await useWorld();
    expect((await world.qantara('ask', agent, '[[say the words of before]]')).stdout).toContain('the words of before');
    const [job] = await world.jobs();
    answerClaude(world);
    const before = processesOf(world.home).map(({ pid }) => pid);
    const environment = { ...world.environment, TERM: 'xterm-256color' };
    const cwd = world.home;
    const screen = onTerminal(['sessions', 'resume', job?.sessionId ?? ''], { environment, cwd });
    const shown = (): string => stripVTControlCharacters(screen.output()).replace(/\s+/g, '');
    try {
      await until(() => shown().includes('thewordsofbefore'), { timeoutMs: 60_000 }).catch((error) => {
        throw new Error(`${error.message}: ${shown().slice(-2000)}`);
      });
    } finally {
      await until(() => {
        const left = processesOf(world.home).filter(({ pid }) => !before.includes(pid));
        for (const { pid } of left) killIfAlive(pid);
        return left.length === 0;
      });
    }
  },
  120_000,
);
