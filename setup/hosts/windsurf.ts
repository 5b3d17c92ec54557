import { join } from 'node:path';
import { jsonFormat } from '../edit-json.ts';
import { commonTimeoutMs, type Host, serverName } from '../host.ts';

/** As in https://docs.windsurf.com/windsurf/cascade/mcp. */
export const windsurf: Host = {
  name: 'windsurf',
  title: 'Windsurf',
  folder: ({ home }) => join(home, '.codeium', 'windsurf'),
  toolTimeoutMs: commonTimeoutMs,
  approval: false,
  entry: ['mcpServers', serverName],
  files: [
    {
      path: ({ home }) => join(home, '.codeium', 'windsurf', 'mcp_config.json'),
      format: jsonFormat({ comments: true, trailingCommas: true }),
      edits: ({ command, args, env }) => [
        { kind: 'merge', path: ['mcpServers', serverName], value: { command, args, env } },
      ],
    },
  ],
  note: 'Approve its tools there when it asks for the first time.',
};
