import { join } from 'node:path';
import { jsonFormat } from '../edit-json.ts';
import { valueAt } from '../edits.ts';
import { type Host, type Place, type Registration, raisedTimeoutMs, serverName } from '../host.ts';
import { readJson, someFile, someVariable } from '../signs.ts';

/** It strips comments before it parses (0.61), so a person may have them. */
const format = jsonFormat({ comments: true, trailingCommas: false });

const folder = ({ home, environment }: Place): string => join(environment.GEMINI_CLI_HOME || home, '.gemini');
const settings = (place: Place): string => join(folder(place), 'settings.json');

/**
 * What a server of Gemini CLI and its kin is started with. It drops variables whose value looks like a URL with a
 * password (0.61, environmentSanitization.ts), which proxies may be, but not those named here; `$NAME` is read when
 * it starts the server, so no password is written down.
 */
export const environmentOf = ({ env, proxies }: Registration): Record<string, string> => ({
  ...env,
  ...Object.fromEntries(proxies.map((name) => [name, `$${name}`])),
});

/** User scope; seen with 0.61. Without `trust` our tools are missing from a headless session. */
export const gemini: Host = {
  name: 'gemini',
  title: 'Gemini CLI',
  binary: 'gemini',
  toolTimeoutMs: raisedTimeoutMs,
  approval: true,
  entry: ['mcpServers', serverName],
  files: [
    {
      path: settings,
      format,
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
        // Who lists the servers that may start means to list this one now.
        { kind: 'include', path: ['mcp', 'allowed'], item: serverName, ifPresent: true },
      ],
    },
  ],
  note: 'It starts no MCP server in a folder that it does not trust.',
  ask: (prompt) => `gemini -p ${prompt}`,
  login: (place) => {
    const found =
      someVariable(place, ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENAI_USE_VERTEXAI']) ||
      someFile(join(folder(place), 'oauth_creds.json')) ||
      valueAt(readJson(settings(place)), ['security', 'auth', 'selectedType']) !== undefined;
    return found ? 'yes' : 'none found';
  },
};
