import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configureHome } from '../../models/home.ts';
import { models } from './request.ts';

let at: Awaited<ReturnType<typeof models>>;
beforeAll(async () => {
  at = await models();
});
afterAll(() => at.server.close());

const message = (content: string) => ({ model: 'm', messages: [{ role: 'user', content }] });

describe('startModels', () => {
  test('records a request without what is secret in its headers', async () => {
    await at.post('/v1/messages', message('[[say hi]]'), { 'x-api-key': 'secret', 'x-app': 'cli', cookie: 'secret' });
    const entry = at.server.requests.at(-1);
    expect(entry).toMatchObject({
      provider: 'anthropic',
      model: 'm',
      reply: { kind: 'say', text: 'hi' },
      aborted: false,
    });
    expect(entry?.headers['x-app']).toBe('cli');
    expect(JSON.stringify(entry)).not.toContain('secret');
  });

  test('sleeps as long as it is told', async () => {
    const start = performance.now();
    await (await at.post('/v1/messages', message('[[sleep 300]] [[say hi]]'))).text();
    expect(performance.now() - start).toBeGreaterThan(290);
  });

  test('notices a client that goes away', async () => {
    const gone = new AbortController();
    const answer = fetch(`${at.server.url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: 'x' },
      body: JSON.stringify(message('[[sleep 60000]] [[say hi]]')),
      signal: gone.signal,
    });
    const count = at.server.requests.length;
    await expect.poll(() => at.server.requests.length).toBe(count + 1);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => at.server.requests.at(-1)?.aborted).toBe(true);
    expect(at.server.requests.at(-1)).not.toHaveProperty('reply');
  });

  test('says which directive cannot be read', async () => {
    const response = await at.post('/v1/messages', message('[[call t {nope}]]'));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('JSON');
  });

  test('names paths that it does not know', async () => {
    expect((await at.post('/v9/nope', {})).status).toBe(404);
    expect(at.server.unknown).toContain('POST /v9/nope');
  });
});

describe('configureHome', () => {
  test('points every CLI at the models, and leaves out the key of one that is not logged in', () => {
    const home = mkdtempSync(join(tmpdir(), 'qantara-home-'));
    try {
      const read = (path: string) => readFileSync(join(home, path), 'utf8');
      expect(configureHome(home, 'http://127.0.0.1:1', { loggedIn: ['codex'] }).HOME).toBe(home);
      expect(JSON.parse(read('.claude/settings.json')).env).toMatchObject({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' });
      expect(read('.claude/settings.json')).not.toContain('loopback-key');
      expect(read('.gemini/.env')).toBe('GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:1\n');
      expect(read('.codex/config.toml')).toContain('base_url = "http://127.0.0.1:1/v1"');
      expect(read('.codex/config.toml')).toContain('loopback-key');
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
