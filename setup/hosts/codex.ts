import { join } from 'node:path';
import { tomlFormat } from '../edit-toml.ts';
import { type Host, type Place, raisedTimeoutMs, serverName } from '../host.ts';
import { readToml, someFile, someVariable } from '../signs.ts';

const folder = ({ home, environment }: Place): string => environment.CODEX_HOME || join(home, '.codex');
const config = (place: Place): string => join(folder(place), 'config.toml');

/**
 * Codex starts a server with a dozen variables of its own choice (0.169) and adds those named here, where they are
 * set. Ours: the calling job and the state folder. A delegate's: proxies in either case, and what its commands need
 * of the caller's session.
 */
const forwarded = [
  'QANTARA_HOME',
  'QANTARA_JOB',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'SSH_AUTH_SOCK',
];

/**
 * ms; how long a turn waits for servers that are not `required`. At its default of one second a server that is slower
 * once, on a busy machine, is missing from the session without a word. `required = true` would wait, but then a shim
 * that is gone keeps Codex from starting at all, and 0 lets any broken server hold up every session for 30 s. Both
 * seen with 0.169; it goes on as soon as all servers have answered.
 */
const startGraceMs = 5_000;

/** Keys as in codex-rs/config/src/mcp_types.rs, seen to work with 0.169; `auto` as approval refuses our `ask_*` in `exec`. */
export const codex: Host = {
  name: 'codex',
  title: 'Codex',
  binary: 'codex',
  toolTimeoutMs: raisedTimeoutMs,
  approval: true,
  entry: ['mcp_servers', serverName],
  files: [
    {
      path: config,
      format: tomlFormat,
      edits: ({ command, args, env, approve }) => [
        { kind: 'default', path: ['mcp_optional_startup_grace_ms'], value: startGraceMs },
        {
          kind: 'merge',
          path: ['mcp_servers', serverName],
          value: {
            command,
            args,
            env_vars: forwarded.filter((name) => !(name in env)),
            startup_timeout_sec: 30,
            tool_timeout_sec: raisedTimeoutMs / 1000,
            ...(approve && { default_tools_approval_mode: 'approve' }),
            env,
          },
        },
      ],
    },
  ],
  ask: (prompt) => `codex exec --skip-git-repo-check ${prompt}`,
  login: (place) => {
    const found =
      someVariable(place, ['OPENAI_API_KEY', 'CODEX_API_KEY']) ||
      someFile(join(folder(place), 'auth.json')) ||
      ['model_provider', 'cli_auth_credentials_store'].some((key) => readToml(config(place))[key] !== undefined);
    return found ? 'yes' : 'none found';
  },
};
