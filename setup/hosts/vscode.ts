import { join } from 'node:path';
import { jsonFormat } from '../edit-json.ts';
import { commonTimeoutMs, type Host, type Place, serverName } from '../host.ts';

const user = ({ home, environment, platform }: Place): string =>
  platform === 'darwin'
    ? join(home, 'Library', 'Application Support', 'Code', 'User')
    : join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'Code', 'User');

/** As in https://code.visualstudio.com/docs/copilot/reference/mcp-configuration: the file of the default user profile. */
export const vscode: Host = {
  name: 'vscode',
  title: 'VS Code',
  folder: user,
  toolTimeoutMs: commonTimeoutMs,
  approval: false,
  entry: ['servers', serverName],
  files: [
    {
      path: (place) => join(user(place), 'mcp.json'),
      format: jsonFormat({ comments: true, trailingCommas: true }),
      edits: ({ command, args, env }) => [
        { kind: 'merge', path: ['servers', serverName], value: { type: 'stdio', command, args, env } },
      ],
    },
  ],
  note: 'Approve its tools there when it asks for the first time.',
};
