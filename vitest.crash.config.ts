import { defineConfig } from 'vitest/config';

/** The daemon is killed with SIGKILL, at every step of its way and at random; each test starts a machine of its own. */
export default defineConfig({
  test: {
    include: ['test/crash/**/*.test.ts'],
    globalSetup: 'test/helpers/build.ts',
    maxWorkers: 1,
    maxConcurrency: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
