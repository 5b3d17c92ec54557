import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Which CLIs have a key: a CLI that is left out is as after its installation, not logged in. */
export type LoggedIn = readonly ('claude' | 'codex' | 'gemini')[];

const key = 'loopback-key';
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes a file for its owner alone, with the folders above it. */
export function writePrivate(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { mode: 0o600 });
}

/**
 * `env` in Claude Code's settings reaches every session of this HOME, also one whose host stripped the environment.
 * The timeouts and switches keep it from anything but the loopback.
 */
const claudeSettings = (url: string, login: Record<string, string>): string =>
  json({
    env: {
      ANTHROPIC_BASE_URL: url,
      ...login,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      // Claude Code tries a failed request ten times, over minutes.
      CLAUDE_CODE_MAX_RETRIES: '1',
    },
  });

const codexConfig = (url: string, loggedIn: boolean): string => `model_provider = "loopback"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.loopback]
name = "Loopback"
base_url = "${url}/v1"
wire_api = "responses"
${loggedIn ? `experimental_bearer_token = "${key}"\n` : ''}request_max_retries = 0
stream_max_retries = 0
`;

const geminiSettings = (loggedIn: boolean): string =>
  json({
    ...(loggedIn && { security: { auth: { selectedType: 'gemini-api-key' } } }),
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
  });

const geminiEnvironment = (url: string, loggedIn: boolean): string =>
  `GOOGLE_GEMINI_BASE_URL=${url}\n${loggedIn ? `GEMINI_API_KEY=${key}\n` : ''}`;

/** How Claude Code is logged in: only with a subscription does it have usage limits that it can name. */
const claudeLogins = {
  key: { ANTHROPIC_API_KEY: key },
  subscription: { CLAUDE_CODE_OAUTH_TOKEN: `sk-ant-oat01-${key}` },
};
export type ClaudeLogin = keyof typeof claudeLogins;

export interface Logins {
  loggedIn?: LoggedIn;
  claudeLogin?: ClaudeLogin;
}

/**
 * Points every agent CLI that runs with `home` as its HOME at the models behind `url`. All of it stands in the CLIs'
 * own files, as a person's login does, so it also holds for a delegate whose host stripped the environment.
 * Writes `.claude.json`, `.claude/`, `.codex/` and `.gemini/` and returns the variables that a CLI needs besides.
 */
export function configureHome(
  home: string,
  url: string,
  { loggedIn = ['claude', 'codex', 'gemini'], claudeLogin = 'key' }: Logins = {},
): Record<string, string> {
  const login = loggedIn.includes('claude') ? claudeLogins[claudeLogin] : {};
  writePrivate(join(home, '.claude.json'), json({ hasCompletedOnboarding: true }));
  writePrivate(join(home, '.claude', 'settings.json'), claudeSettings(url, login));
  writePrivate(join(home, '.codex', 'config.toml'), codexConfig(url, loggedIn.includes('codex')));
  writePrivate(join(home, '.gemini', 'settings.json'), geminiSettings(loggedIn.includes('gemini')));
  writePrivate(join(home, '.gemini', '.env'), geminiEnvironment(url, loggedIn.includes('gemini')));
  return { HOME: home, NO_COLOR: '1' };
}
