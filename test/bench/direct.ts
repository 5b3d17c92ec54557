import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitOf, type World } from './world.ts';

let runs = 0;

/**
 * Runs the world's agent without us: a folder, its stdio in files there, and its output read at the end. `attend` is
 * called with the folder while it runs and returns what to do when it has ended.
 */
export async function spawnDirectly(
  { home, environment }: World,
  task: string,
  attend?: (folder: string) => () => void,
): Promise<string> {
  const folder = join(home, `direct-${++runs}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'in'), task);
  const stdio = [
    openSync(join(folder, 'in'), 'r'),
    openSync(join(folder, 'out'), 'a'),
    openSync(join(folder, 'err'), 'a'),
  ];
  const child = spawn(join(home, 'bin/codex'), ['exec', '--json', '-'], {
    env: environment,
    cwd: join(home, 'project'),
    detached: true,
    stdio,
  });
  for (const file of stdio) closeSync(file);
  const end = attend?.(folder);
  await exitOf(child);
  end?.();
  return readFileSync(join(folder, 'out'), 'utf8');
}
