import { defineConfig } from 'vitest/config';
import { Count } from './test/helpers/count.ts';

/** The end-to-end tests: real agent CLIs against loopback models. One at a time; each starts half a dozen processes. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    reporters: ['default', new Count()],
    globalSetup: ['test/helpers/build.ts', 'test/e2e/setup.ts'],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
