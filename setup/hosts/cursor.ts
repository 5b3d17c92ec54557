import { join } from 'node:path';
import { jsonFormat } from '../edit-json.ts';
import { commonTimeoutMs, type Host, serverName } from '../host.ts';

/** As in https://cursor.com/docs/mcp; the editor and its command line read the same file. */
export const cursor: Host = {
  name: 'cursor',
  title: 'Cursor',
  binary: 'cursor-agent',
  folder: ({ home }) => join(home, '.cursor'),
  toolTimeoutMs: commonTimeoutMs,
  approval: false,
  entry: ['mcpServers', serverName],
  files: [
    {
      path: ({ home }) => join(home, '.cursor', 'mcp.json'),
      format: jsonFormat({ comments: true, trailingCommas: true }),
      edits: ({ command, args, env }) => [
        { kind: 'merge', path: ['mcpServers', serverName], value: { command, args, env } },
      ],
    },
  ],
  note: 'Approve its tools there when it asks for the first time.',
};
