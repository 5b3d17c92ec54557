import { join } from 'node:path';
import { jsonFormat } from '../edit-json.ts';
import { commonTimeoutMs, type Host, serverName } from '../host.ts';

/** As in https://zed.dev/docs/ai/mcp; its settings are JSON with comments on Linux and macOS alike. */
export const zed: Host = {
  name: 'zed',
  title: 'Zed',
  binary: 'zed',
  folder: ({ home }) => join(home, '.config', 'zed'),
  toolTimeoutMs: commonTimeoutMs,
  approval: false,
  entry: ['context_servers', serverName],
  files: [
    {
      path: ({ home }) => join(home, '.config', 'zed', 'settings.json'),
      format: jsonFormat({ comments: true, trailingCommas: true }),
      edits: ({ command, args, env }) => [
        { kind: 'merge', path: ['context_servers', serverName], value: { command, args, env } },
      ],
    },
  ],
  note: 'Approve its tools there when it asks for the first time.',
};
