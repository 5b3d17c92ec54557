import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { detect, findBinary } from '../../../setup/detect.ts';
import { hosts } from '../../../setup/hosts/index.ts';
import { put, setupPlace } from '../../helpers/setup-place.ts';
import { proves } from '../../promises.ts';

function cli(path: string, body: string): void {
  put(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

test(`what is on the PATH or in a usual folder is found with its version ${proves('S-11')}`, async () => {
  const bench = setupPlace({ PATH: '' });
  const place = { ...bench.place, environment: { ...bench.place.environment, PATH: join(bench.home, 'bin') } };
  cli(join(bench.home, 'bin', 'codex'), 'echo touched >"$HOME/touched"; echo "codex-cli 0.169.0"');
  cli(join(bench.home, '.local', 'bin', 'claude'), 'echo "2.1.330 (Claude Code)"');
  cli(join(bench.home, 'bin', 'gemini'), 'exit 1');
  writeFileSync(join(bench.home, 'bin', 'opencode'), 'not executable');
  put(join(bench.home, '.cursor', 'x'), '');
  const found = await detect(hosts, place);
  expect(found.map(({ host, version, login }) => [host.name, version, login])).toEqual([
    ['claude', '2.1.330', 'none found'],
    ['codex', '0.169.0', 'none found'],
    ['gemini', undefined, 'none found'],
    ['cursor', undefined, undefined],
  ]);
  expect(existsSync(join(bench.home, 'touched'))).toBe(false);
});

test('a relative entry of the PATH is not searched', () => {
  const bench = setupPlace();
  cli(join(bench.home, 'codex'), 'exit 0');
  const folder = dirname(bench.home);
  expect(findBinary('codex', { ...bench.place, environment: { PATH: `.:${folder}/nothing` } })).toBeUndefined();
});

test.each([
  ['claude', '.claude/.credentials.json', '{"x":1}'],
  ['claude', '.claude.json', '{"oauthAccount": {"emailAddress": "a@example.com"}}'],
  ['claude', '.claude/settings.json', '{"env": {"ANTHROPIC_API_KEY": "k"}}'],
  ['claude', '.claude/settings.json', '{"apiKeyHelper": "pass show k"}'],
  ['codex', '.codex/auth.json', '{"x":1}'],
  ['codex', '.codex/config.toml', 'model_provider = "mine"'],
  ['gemini', '.gemini/oauth_creds.json', '{"x":1}'],
  ['gemini', '.gemini/settings.json', '{"security": {"auth": {"selectedType": "oauth-personal"}}} // mine'],
])('%s counts as logged in with %s', (name, path, text) => {
  const bench = setupPlace();
  const host = hosts.find((one) => one.name === name);
  expect(host?.login?.(bench.place)).toBe('none found');
  put(join(bench.home, path), text);
  expect(host?.login?.(bench.place)).toBe('yes');
});
