import { defineConfig } from 'vitest/config';

const { TELLERLINE_TEST_SESSION: session, TELLERLINE_TEST_CRASH: crash } = process.env;

/**
 * `npm run session`: many callers at once, timed by their own clocks; `npm run test:crash`: what a crash leaves. Both have the machine
 * to themselves, apart from the tests, which share it.
 */
function included(): string[] {
  if (session !== undefined) return ['test/session/*.ts'];
  return crash === undefined ? ['test/**/*.test.ts'] : ['test/crash/*.crash.ts'];
}

export default defineConfig({
  test: {
    include: included(),
    fileParallelism: crash === undefined,
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['test/support/leaks.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // real peers keep real time on a machine that others use too: a test that fails twice has failed
    retry: process.env['CI'] === undefined || crash !== undefined ? 0 : 1,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'lcovonly'] },
  },
});
