import { join } from 'node:path';
import { jsonFormat } from '../edit-json.ts';
import { type Host, raisedTimeoutMs, serverName } from '../host.ts';

/** As in https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers; seen with 1.0.102. */
export const copilot: Host = {
  name: 'copilot',
  title: 'GitHub Copilot CLI',
  binary: 'copilot',
  toolTimeoutMs: raisedTimeoutMs,
  approval: false,
  entry: ['mcpServers', serverName],
  files: [
    {
      path: ({ home, environment }) => join(environment.COPILOT_HOME || join(home, '.copilot'), 'mcp-config.json'),
      format: jsonFormat({ comments: true, trailingCommas: true }),
      edits: ({ command, args, env }) => [
        {
          kind: 'merge',
          path: ['mcpServers', serverName],
          value: { type: 'local', command, args, env, tools: ['*'], timeout: raisedTimeoutMs },
        },
      ],
    },
  ],
  note: 'It asks before each tool unless it is started with --allow-tool=qantara.',
};
