import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/support/slowest-first.ts';

const { TELLERLINE_TEST_SESSION: session, TELLERLINE_TEST_CRASH: crash } = process.env;

/**
 * `npm run session`: many callers at once, timed by their own clocks; `npm run test:crash`: what a crash leaves. Both have the machine
 * to themselves, apart from the tests, which share it.
 */
const alone = (name: string, include: string) => [
  { extends: true as const, test: { name, include: [include], maxWorkers: 1, fileParallelism: false } },
];

/**
 * More files at a time than there are cores, for many of them wait (`SlowestFirst` mixes them). They share their processes: loading what they import is
 * half of the cost of those that compute.
 */
const together = [
  {
    extends: true as const,
    test: { name: 'together', include: ['test/**/*.test.ts'], isolate: false, maxWorkers: 7 },
  },
];

function projects() {
  if (session !== undefined) return alone('session', 'test/session/*.ts');
  return crash === undefined ? together : alone('crash', 'test/crash/*.crash.ts');
}

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts', 'test/support/shared-servers.ts'],
    setupFiles: ['test/support/leaks.ts'],
    pool: 'forks',
    // real peers, processes and models on a machine that others use too; what waits in vain is told by its own deadline
    testTimeout: 120_000,
    // in CI, on a machine that others may use: what fails twice has failed
    retry: process.env['CI'] === undefined ? 0 : 1,
    hookTimeout: 120_000,
    sequence: { sequencer: SlowestFirst },
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'lcovonly'] },
    projects: projects(),
  },
});
