import { join } from 'node:path';
import { jsonFormat } from '../edit-json.ts';
import { type Host, raisedTimeoutMs, serverName } from '../host.ts';
import { environmentOf } from './gemini.ts';

/** As in its documentation, https://qwenlm.github.io/qwen-code-docs/en/developers/tools/mcp-server/; a fork of Gemini CLI; seen with 0.24. */
export const qwen: Host = {
  name: 'qwen',
  title: 'Qwen Code',
  binary: 'qwen',
  toolTimeoutMs: raisedTimeoutMs,
  approval: true,
  entry: ['mcpServers', serverName],
  files: [
    {
      path: ({ home }) => join(home, '.qwen', 'settings.json'),
      format: jsonFormat({ comments: true, trailingCommas: false }),
      edits: (registration) => [
        {
          kind: 'merge',
          path: ['mcpServers', serverName],
          value: {
            command: registration.command,
            args: registration.args,
            env: environmentOf(registration),
            timeout: raisedTimeoutMs,
            ...(registration.approve && { trust: true }),
          },
        },
        { kind: 'include', path: ['mcp', 'allowed'], item: serverName, ifPresent: true },
      ],
    },
  ],
};
