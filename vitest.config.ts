import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // `npm run session`: many callers at once, timed by their own clocks; apart from the tests, which share the machine
    include: process.env['TELLERLINE_TEST_SESSION'] === undefined ? ['test/**/*.test.ts'] : ['test/session/*.ts'],
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['test/support/leaks.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // real peers keep real time on a machine that others use too: a test that fails twice has failed
    retry: process.env['CI'] === undefined ? 0 : 1,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'lcovonly'] },
  },
});
