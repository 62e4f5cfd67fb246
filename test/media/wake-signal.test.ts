import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { PlayoutClock } from '../../src/media/engine/playout-clock.ts';
import { WakeSignal } from '../../src/media/engine/wake-signal.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** How long is slept without a wake; and by when a wake has ended it, on the slowest machine. */
const LONG_MS = 60_000;
const WOKEN_MS = 30_000;

test('what was posted before the sleep ends it at once, and once', () => {
  const sleeper = new WakeSignal();
  const began = performance.now();
  new WakeSignal(sleeper.memory).wake();
  sleeper.sleep(LONG_MS);
  expect(performance.now() - began).toBeLessThan(WOKEN_MS);
  const again = performance.now();
  sleeper.sleep(20);
  expect(performance.now() - again).toBeGreaterThanOrEqual(19);
});

test('a sleeping thread is woken by another', async () => {
  const signal = new WakeSignal();
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const count = new Int32Array(workerData);
     parentPort.postMessage('asleep');
     Atomics.wait(count, 0, 0, ${LONG_MS});
     parentPort.postMessage('awake');`,
    { eval: true, workerData: signal.memory },
  );
  try {
    expect(await once(worker, 'message')).toEqual(['asleep']);
    const began = performance.now();
    signal.wake();
    expect(await once(worker, 'message')).toEqual(['awake']);
    expect(performance.now() - began).toBeLessThan(WOKEN_MS);
  } finally {
    await worker.terminate();
  }
});

test('a playout clock that sleeps keeps the grid, lets the event loop run between slots, and rests when nobody is left', async () => {
  const clock = new ManualClock();
  const sleeps: number[] = [];
  const playout = new PlayoutClock(
    clock,
    () => undefined,
    (forMs) => {
      sleeps.push(forMs);
      clock.advance(forMs);
    },
  );
  const due: number[] = [];
  const leave = playout.join({ tick: (at, missed) => (expect(missed).toBe(0), due.push(at)) });
  let turns = 0;
  for (; due.length < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
  leave();
  const [slept, ticked] = [sleeps.length, due.length];
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
  expect([sleeps.length, due.length]).toEqual([slept, ticked]);
  expect(due.slice(1).map((at, n) => at - (due[n] ?? 0))).toEqual(due.slice(1).map(() => 20));
  expect(Math.max(...sleeps)).toBeLessThanOrEqual(5);
  expect(turns).toBeGreaterThanOrEqual(slept);
});
