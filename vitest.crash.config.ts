import { defineConfig } from 'vitest/config';
import { Count } from './test/helpers/count.ts';

/** The daemon is killed with SIGKILL, at every step of its way and at random; each test starts a machine of its own. */
export default defineConfig({
  test: {
    include: ['test/crash/**/*.test.ts'],
    reporters: ['default', new Count()],
    globalSetup: 'test/helpers/build.ts',
    maxWorkers: 1,
    maxConcurrency: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
