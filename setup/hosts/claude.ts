import { join } from 'node:path';
import { jsonFormat } from '../edit-json.ts';
import { isObject, valueAt } from '../edits.ts';
import { type Host, type Place, raisedTimeoutMs, serverName } from '../host.ts';
import { readJson, someFile, someVariable } from '../signs.ts';

/** Claude Code writes and reads plain JSON (2.1.197, 2.1.330): a comment makes the file invalid for it as well. */
const format = jsonFormat({ comments: false, trailingCommas: false });

const folder = ({ home, environment }: Place): string => environment.CLAUDE_CONFIG_DIR || join(home, '.claude');
const mainFile = ({ home, environment }: Place): string => join(environment.CLAUDE_CONFIG_DIR || home, '.claude.json');
const settings = (place: Place): string => join(folder(place), 'settings.json');

/**
 * User scope, seen with 2.1.197 and 2.1.330: servers in `.claude.json`, permissions in `settings.json`. Without the
 * permission every call of a tool is asked about, and refused in `--print`. `timeout` is its limit of a call in ms and
 * raises the idle limit of 30 min too.
 */
export const claude: Host = {
  name: 'claude',
  title: 'Claude Code',
  binary: 'claude',
  toolTimeoutMs: raisedTimeoutMs,
  approval: true,
  entry: ['mcpServers', serverName],
  files: [
    {
      path: mainFile,
      format,
      edits: ({ command, args, env }) => [
        {
          kind: 'merge',
          path: ['mcpServers', serverName],
          value: { type: 'stdio', command, args, env, timeout: raisedTimeoutMs },
        },
      ],
    },
    {
      path: settings,
      format,
      edits: ({ approve }) =>
        approve ? [{ kind: 'include', path: ['permissions', 'allow'], item: `mcp__${serverName}__*` }] : [],
    },
  ],
  ask: (prompt) => `claude -p ${prompt}`,
  login: (place) => {
    const variables = [
      'ANTHROPIC_API_KEY',
      'ANTHROPIC_AUTH_TOKEN',
      'CLAUDE_CODE_OAUTH_TOKEN',
      'CLAUDE_CODE_USE_BEDROCK',
      'CLAUDE_CODE_USE_VERTEX',
    ];
    const own = readJson(settings(place));
    const set = valueAt(own, ['env']);
    const found =
      someVariable(place, variables) ||
      someFile(join(folder(place), '.credentials.json')) ||
      isObject(valueAt(readJson(mainFile(place)), ['oauthAccount'])) ||
      (isObject(set) && variables.some((name) => set[name])) ||
      valueAt(own, ['apiKeyHelper']) !== undefined;
    return found ? 'yes' : 'none found';
  },
};
