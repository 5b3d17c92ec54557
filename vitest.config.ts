import { defineConfig } from 'vitest/config';
import { Count } from './test/helpers/count.ts';

export default defineConfig({
  test: {
    include: ['test/*.test.ts', 'test/{unit,agents,integration}/**/*.test.ts'],
    globalSetup: 'test/helpers/build.ts',
    reporters: ['default', new Count()],
    testTimeout: 20_000,
    // Most tests start processes of their own; more files at once than cores only makes them wait for each other.
    maxWorkers: 2,
    // To start a process for each file takes 40 s of 270.
    isolate: false,
  },
});
