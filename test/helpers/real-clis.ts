import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The real agent CLIs that the end-to-end tests run, pinned. `claude-old` is what npm gives to people on Node 20;
 * it opens MCP with `initialize`, the current one with `server/discover`.
 */
export const clis = {
  claude: { binary: 'claude', package: '@anthropic-ai/claude-code', version: '2.1.330' },
  'claude-old': { binary: 'claude', package: '@anthropic-ai/claude-code', version: '2.1.197' },
  codex: { binary: 'codex', package: '@openai/codex', version: '0.169.0' },
  gemini: { binary: 'gemini', package: '@google/gemini-cli', version: '0.61.0' },
} as const;

export type CliName = keyof typeof clis;

const installLimitMs = 10 * 60_000;
const startLimitMs = 60_000;
/** A folder of an install that is older belongs to one that was interrupted. */
const abandonedAfterMs = 60 * 60_000;

const root = resolve(import.meta.dirname, '..', '..');
const cache = (): string => process.env.QANTARA_TEST_CACHE || join(root, '.cache', 'clis');
const folderOf = (name: CliName): string => join(cache(), `${clis[name].binary}-${clis[name].version}`);

/** Where the executable of a CLI is once `installCli` has returned. Does not check. */
export const cliPath = (name: CliName): string => join(folderOf(name), 'node_modules', '.bin', clis[name].binary);

/**
 * Installs one CLI into the cache unless it is there, and proves that it starts. Safe when interrupted and when
 * several run at once: the folder gets its name only when it is complete. Throws with npm's or the CLI's own words.
 */
export async function installCli(name: CliName): Promise<void> {
  if (!existsSync(folderOf(name))) await install(name);
  await prove(name, cliPath(name)).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error}\nRemove ${folderOf(name)} to install it anew.`);
  });
}

async function install(name: CliName): Promise<void> {
  const { package: packageName, version, binary } = clis[name];
  mkdirSync(cache(), { recursive: true });
  removeAbandoned();
  const folder = mkdtempSync(join(cache(), `installing-${binary}-`));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  try {
    // npm 12 and newer 11 run no install script that nobody allowed, older ones run all: none, in every version.
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--prefix', folder];
    await exec(
      `Installing ${packageName}@${version}`,
      'npm',
      ['install', ...options, `${packageName}@${version}`],
      folder,
    );
    const script = join(folder, 'node_modules', packageName, 'install.cjs');
    // Claude Code's own script puts the platform's binary in place of a stub.
    if (existsSync(script)) await exec(`Setting up ${packageName}@${version}`, process.execPath, [script], folder);
    await prove(name, join(folder, 'node_modules', '.bin', binary));
    publish(folder, folderOf(name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives a complete folder its name; one that another process published first stays. */
function publish(folder: string, target: string): void {
  try {
    renameSync(folder, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  }
}

function removeAbandoned(): void {
  for (const entry of readdirSync(cache())) {
    const path = join(cache(), entry);
    if (entry.startsWith('installing-') && Date.now() - statSync(path).mtimeMs > abandonedAfterMs) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/** Runs `--version` with an empty HOME. A CLI that is missing, does not start or is of another version fails. */
async function prove(name: CliName, path: string): Promise<void> {
  const { version, binary } = clis[name];
  const home = mkdtempSync(join(tmpdir(), 'qantara-cli-'));
  try {
    const environment = { ...process.env, HOME: home, PATH: `${nodeFolder}:${process.env.PATH}` };
    const { stdout } = await run(path, ['--version'], { timeout: startLimitMs, env: environment, cwd: home });
    if (!stdout.includes(version)) throw new Error(`it says it is "${stdout.trim()}"`);
  } catch (error) {
    throw new Error(`${binary} ${version} at ${path} does not start: ${wordsOf(error)}`);
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const nodeFolder = resolve(process.execPath, '..');

async function exec(what: string, command: string, args: string[], cwd: string): Promise<void> {
  try {
    await run(command, args, { cwd, timeout: installLimitMs, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    throw new Error(`${what} failed: ${wordsOf(error)}`);
  }
}

function wordsOf(error: unknown): string {
  const { message, stderr } = error as { message?: string; stderr?: string };
  return [message ?? String(error), stderr].filter(Boolean).join('\n').slice(0, 4000);
}
