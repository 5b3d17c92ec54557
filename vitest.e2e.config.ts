import { defineConfig } from 'vitest/config';

/** The end-to-end tests: real agent CLIs against loopback models. One at a time; each starts half a dozen processes. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/helpers/build.ts', 'test/e2e/setup.ts'],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
