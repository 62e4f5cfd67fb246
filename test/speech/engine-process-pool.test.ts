import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { ms, seconds } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { EngineProcessPool, type EngineProcessPoolOptions } from '../../src/speech/processes/engine-process-pool.ts';

type Job =
  | { readonly do: 'pid' | 'die' | 'hang' | 'throw' }
  | { readonly do: 'spin'; readonly ms: number }
  | { readonly do: 'steps'; readonly steps: number; readonly ms: number }
  | { readonly do: 'grow'; readonly bytes: number };

const never = new AbortController().signal;
const usual: EngineProcessPoolOptions = {
  name: 'scripted',
  entry: pathToFileURL(join(import.meta.dirname, 'support/scripted-engine.mjs')),
  args: [],
  processes: 1,
  jobsAtOnce: 1,
  attempts: 1,
  stall: seconds(10),
  memory: 1e12,
  codes: { unreachable: 'RECOGNIZER_UNREACHABLE', failed: 'RECOGNITION_FAILED' },
};

async function openPool(options: Partial<EngineProcessPoolOptions> = {}): Promise<EngineProcessPool<Job, number>> {
  const pool = new EngineProcessPool<Job, number>({ ...usual, ...options }, silentLogger);
  await pool.open();
  return pool;
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof IvrError ? error.code : String(error)),
  );

test('jobs are spread over the processes, and wait for one that is free', async () => {
  await using pool = await openPool({ processes: 2 });
  const pids = await Promise.all([1, 2, 3, 4].map(() => pool.run({ do: 'steps', steps: 1, ms: 50 }, never)));
  expect(new Set(pids).size).toBe(2);
});

test('a process that dies is replaced; its job fails, or is tried again where that was asked for', async () => {
  await using once = await openPool();
  const pid = await once.run({ do: 'pid' }, never);
  expect(await codeOf(once.run({ do: 'die' }, never))).toBe('RECOGNIZER_UNREACHABLE');
  expect(await once.run({ do: 'pid' }, never)).not.toBe(pid);
  await using twice = await openPool({ attempts: 2 });
  const first = await twice.run({ do: 'pid' }, never);
  const job = twice.run({ do: 'steps', steps: 10, ms: 100 }, never);
  process.kill(first, 'SIGKILL');
  expect(await job).not.toBe(first);
});

test('a job that kills every process fails, and the next one is served', async () => {
  await using pool = await openPool({ attempts: 2 });
  expect(await codeOf(pool.run({ do: 'die' }, never))).toBe('RECOGNIZER_UNREACHABLE');
  expect(await pool.run({ do: 'pid' }, never)).toBeGreaterThan(0);
});

test.each<EngineProcessPoolOptions['codes']>([
  usual.codes,
  { unreachable: 'UNDERSTANDING_FAILED', failed: 'UNDERSTANDING_FAILED' },
])('a job that fails takes nothing with it: %j', async (codes) => {
  await using pool = await openPool({ codes, attempts: 2 });
  const pid = await pool.run({ do: 'pid' }, never);
  expect(await codeOf(pool.run({ do: 'throw' }, never))).toBe(codes.failed);
  expect(await pool.run({ do: 'pid' }, never)).toBe(pid);
});

test('a process that makes no step hangs, whether it spins or waits; one that makes steps is only slow', async () => {
  await using pool = await openPool({ stall: ms(800) });
  const pid = await pool.run({ do: 'steps', steps: 8, ms: 300 }, never);
  expect(await codeOf(pool.run({ do: 'spin', ms: 60_000 }, never))).toBe('RECOGNIZER_UNREACHABLE');
  expect(await codeOf(pool.run({ do: 'hang' }, never))).toBe('RECOGNIZER_UNREACHABLE');
  expect(await pool.run({ do: 'pid' }, never)).not.toBe(pid);
});

test('a process that is stopped is killed, and replaced', async () => {
  await using pool = await openPool({ stall: ms(800) });
  const pid = await pool.run({ do: 'pid' }, never);
  process.kill(pid, 'SIGSTOP');
  expect(await codeOf(pool.run({ do: 'pid' }, never))).toBe('RECOGNIZER_UNREACHABLE');
  expect(await pool.run({ do: 'pid' }, never)).not.toBe(pid);
});

test('a process that has grown too large is replaced by one that is ready, and nothing fails', async () => {
  await using pool = await openPool({ memory: 200_000_000, jobsAtOnce: 2 });
  const slow = pool.run({ do: 'steps', steps: 10, ms: 100 }, never);
  const pid = await pool.run({ do: 'grow', bytes: 250_000_000 }, never);
  let next = pid;
  for (let tries = 0; tries < 200 && next === pid; tries++)
    next = await pool.run({ do: 'steps', steps: 1, ms: 25 }, never);
  expect(next).not.toBe(pid);
  expect(await slow).toBe(pid);
});

test('a job that is cancelled is not waited for, and has its place until the process lets go', async () => {
  await using pool = await openPool();
  const stop = new AbortController();
  const [working, waiting] = [pool.run({ do: 'hang' }, stop.signal), pool.run({ do: 'pid' }, stop.signal)];
  stop.abort();
  expect([await codeOf(working), await codeOf(waiting)]).toEqual(['CANCELLED', 'CANCELLED']);
  expect(await pool.run({ do: 'pid' }, never)).toBeGreaterThan(0);
  expect(await codeOf(pool.run({ do: 'pid' }, stop.signal))).toBe('CANCELLED');
});

test('closing fails what waits and what is under way', async () => {
  await using pool = await openPool();
  const jobs = [1, 2].map(() => codeOf(pool.run({ do: 'hang' }, never)));
  await pool[Symbol.asyncDispose]();
  expect(await Promise.all(jobs)).toEqual(['RECOGNIZER_UNREACHABLE', 'RECOGNIZER_UNREACHABLE']);
  expect(await codeOf(pool.run({ do: 'pid' }, never))).toBe('RECOGNIZER_UNREACHABLE');
});

test.each(['throws', 'refuses'])('a process that does not start (%s) is an error at once', async (how) => {
  expect(await codeOf(openPool({ args: [how] }))).toBe('RECOGNIZER_UNREACHABLE');
});
