import { spawn } from 'node:child_process';
import { test } from 'vitest';
import { useWorld } from './world.ts';

test('leak', async () => {
  const w = await useWorld();
  spawn('sleep', ['300'], { env: { HOME: w.home, PATH: '/usr/bin:/bin' }, detached: true, stdio: 'ignore' }).unref();
});
