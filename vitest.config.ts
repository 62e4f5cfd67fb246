import { dirname, relative, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/support/slowest-first.ts';

/** Real peers, timeouts and stores keep real time: these tests wait for most of theirs, and use about a quarter of a core while they run. */
const WAITING = [
  'test/acceptance/**/*.test.ts',
  'test/media/**/*.test.ts',
  'test/peers/**/*.test.ts',
  'test/signalling/**/*.test.ts',
  'test/sip/sipp.test.ts',
  'test/app/move-archive.test.ts',
  'test/archive/blobs/**/*.test.ts',
  'test/archive/maintenance/protect-objects.test.ts',
  'test/http/strangers.test.ts',
  'test/recording/{crash,spill}.test.ts',
  'test/speech/engine-process-pool.test.ts',
];
/** What starts programs, models and browsers one after the other: two at a time are enough for the machine, beside what only computes. */
const PROCESSES = [
  'test/app/evaluate-intents.test.ts',
  'test/cli/{command-line,evaluate-recognition,queues,recordings-fsck,staff,try}.test.ts',
  'test/docker/{image,metrics}.test.ts',
  'test/recognition/{archive-heard-again,whisper}.test.ts',
  'test/speech/{espeak,neural-voice,recognition,speech-service,speech-service-troubles,voice-check}.test.ts',
  'test/understanding/{intent-engine,intent-understanding,training}.test.ts',
  'test/web/**/*.test.ts',
];
const [SOURCES, BUILD] = ['src', 'build'].map((folder) => resolve(import.meta.dirname, folder)) as [string, string];
const { TELLERLINE_TEST_SESSION: session, TELLERLINE_TEST_CRASH: crash } = process.env;

/**
 * Tests name the sources and run what the build made of them: compiled once for all projects, loaded by Node.js itself. Only where coverage is
 * measured does Vite compile them again, for it counts what it has compiled.
 */
const compiledSources = {
  name: 'compiled-sources',
  enforce: 'pre' as const,
  resolveId(source: string, importer: string | undefined) {
    if (importer === undefined || !/^\..*\.ts$/.test(source)) return null;
    const path = relative(SOURCES, resolve(dirname(importer), source));
    return path.startsWith('..') ? null : resolve(BUILD, path.replace(/ts$/, 'js'));
  },
};
const coverage = process.argv.some((word) => word.startsWith('--coverage'));

/**
 * `npm run session`: many callers at once, timed by their own clocks; `npm run test:crash`: what a crash leaves. Both have the machine
 * to themselves, apart from the tests, which share it.
 */
const alone = (name: string, include: string) => [
  { extends: true as const, test: { name, include: [include], maxWorkers: 1, fileParallelism: false } },
];

const shared = [
  {
    extends: true as const,
    test: { name: 'waiting', include: WAITING, isolate: false, maxWorkers: 5, sequence: { groupOrder: 0 } },
  },
  {
    extends: true as const,
    test: { name: 'processes', include: PROCESSES, maxWorkers: 2, sequence: { groupOrder: 1 } },
  },
  {
    extends: true as const,
    test: {
      name: 'computing',
      isolate: false,
      include: ['test/**/*.test.ts'],
      exclude: [...WAITING, ...PROCESSES],
      maxWorkers: 2,
      sequence: { groupOrder: 1 },
    },
  },
];

function projects() {
  if (session !== undefined) return alone('session', 'test/session/*.ts');
  return crash === undefined ? shared : alone('crash', 'test/crash/*.crash.ts');
}

export default defineConfig({
  plugins: coverage ? [] : [compiledSources],
  test: {
    server: { deps: { external: [/\/build\/[^?]*\.js$/] } },
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
