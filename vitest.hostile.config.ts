import { defineConfig } from 'vitest/config';
import { Count } from './test/helpers/count.ts';

/** Clients and users who mean harm, against the real daemon: floods, other users, secrets. About two minutes. */
export default defineConfig({
  test: {
    include: ['test/hostile/**/*.test.ts'],
    reporters: ['default', new Count()],
    globalSetup: 'test/helpers/build.ts',
    maxWorkers: 1,
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
