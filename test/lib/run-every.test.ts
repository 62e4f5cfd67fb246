import { expect, test } from 'vitest';
import { seconds } from '../../src/domain/units.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { pause } from '../../src/lib/pause.ts';
import { runEvery } from '../../src/lib/run-every.ts';
import { ManualClock } from '../support/manual-clock.ts';

test('one run at a time, the next an interval after its end; overdue when none has succeeded for three', async () => {
  const clock = new ManualClock();
  let runs = 0;
  let broken = false;
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (_: object, message: string) => void errors.push(message) };
  const run = (): Promise<void> => {
    runs += 1;
    return broken ? Promise.reject(new Error('broken')) : Promise.resolve();
  };
  await using job = runEvery({ name: 'it', every: seconds(10), first: seconds(1), run }, clock, logger);
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  clock.advance(1_000);
  await settled();
  expect([runs, job.overdue()]).toEqual([1, false]);
  broken = true;
  for (let n = 0; n < 4; n++) {
    clock.advance(10_000);
    await settled();
  }
  expect([runs, job.overdue(), errors.length]).toEqual([5, true, 4]);
  broken = false;
  clock.advance(10_000);
  await settled();
  expect([runs, job.overdue()]).toEqual([6, false]);
});

test('a run that hangs is told of once, by a timer of its own, and again when it hangs again', async () => {
  const clock = new ManualClock();
  const errors: object[] = [];
  const logger = {
    ...silentLogger,
    error: (facts: object, message: string) => void errors.push({ ...facts, message }),
  };
  let hanging = deferred<void>();
  const job = runEvery({ name: 'it', every: seconds(10), run: () => hanging.promise }, clock, logger);
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  clock.advance(30_000);
  expect([errors, job.overdue()]).toEqual([[], false]);
  clock.advance(300_000);
  expect(job.overdue()).toBe(true);
  const message = 'a job is overdue: what it does is not done';
  expect(errors).toEqual([{ job: 'it', silent_ms: expect.any(Number), message }]);
  hanging.resolve();
  await settled();
  expect(job.overdue()).toBe(false);
  hanging = deferred();
  clock.advance(100_000);
  expect(errors).toHaveLength(2);
  hanging.resolve();
  await job[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

test('whoever ends it aborts the run under way and waits for it; what that leaves is no failure, and nothing runs afterwards', async () => {
  for (const how of ['closed', 'its scope closes'] as const) {
    const clock = new ManualClock();
    const until = new AbortController();
    const [began, runs, errors] = [deferred<void>(), [] as string[], [] as string[]];
    const logger = { ...silentLogger, error: (_: object, message: string) => void errors.push(message) };
    const job = runEvery(
      {
        name: 'it',
        every: seconds(1),
        async run(signal) {
          runs.push('begun');
          began.resolve();
          await pause(seconds(3_600), clock, signal);
          runs.push('ended');
          throw new Error('half done');
        },
      },
      clock,
      logger,
      until.signal,
    );
    clock.advance(1_000);
    await began.promise;
    if (how === 'its scope closes') until.abort();
    await job[Symbol.asyncDispose]();
    clock.advance(3_600_000);
    expect([runs, errors, clock.pending], how).toEqual([['begun', 'ended'], [], 0]);
  }
});

test('a wall clock that goes forward or back an hour, as on the nights on which clocks change, neither stops a job nor repeats it', async () => {
  const clock = new ManualClock();
  let set = 0;
  const wall = (): number => clock.wall() + set;
  const runs: number[] = [];
  const run = (): Promise<void> => Promise.resolve(void runs.push(wall()));
  const withWall = { now: () => clock.now(), after: clock.after.bind(clock), wall };
  await using job = runEvery({ name: 'hourly', every: seconds(3_600), run }, withWall, silentLogger);
  for (let hour = 0; hour < 48; hour++) {
    if (hour === 2) set = 3_600_000;
    if (hour === 26) set = -3_600_000;
    clock.advance(3_600_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(job.overdue()).toBe(false);
  }
  expect(runs).toHaveLength(48);
});
