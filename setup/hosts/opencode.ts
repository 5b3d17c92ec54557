import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { jsonFormat } from '../edit-json.ts';
import { isObject, valueAt } from '../edits.ts';
import { type Host, type Place, raisedTimeoutMs, serverName } from '../host.ts';

/** The file that is there, of the two names it may have; `opencode.json` where none is. */
function config({ home, environment }: Place): string {
  const folder = join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'opencode');
  const commented = join(folder, 'opencode.jsonc');
  return existsSync(commented) ? commented : join(folder, 'opencode.json');
}

/**
 * As in https://opencode.ai/docs/mcp-servers; seen with 1.18.33, whose own limit is far below a minute.
 * Its tools run without a question unless its owner says otherwise.
 */
export const opencode: Host = {
  name: 'opencode',
  title: 'opencode',
  binary: 'opencode',
  toolTimeoutMs: raisedTimeoutMs,
  approval: true,
  entry: ['mcp', serverName],
  files: [
    {
      path: config,
      format: jsonFormat({ comments: true, trailingCommas: true }),
      edits: ({ command, args, env }, current) => {
        // Version 2 (https://opencode.ai/v2/docs/mcp-servers) has its servers one level lower.
        const second = isObject(valueAt(current, ['mcp', 'servers']));
        if (second) throw new Error('it is in the form of opencode 2, which setup does not write yet');
        return [
          {
            kind: 'merge',
            path: ['mcp', serverName],
            value: {
              type: 'local',
              command: [command, ...args],
              environment: env,
              enabled: true,
              timeout: raisedTimeoutMs,
            },
          },
        ];
      },
    },
  ],
};
