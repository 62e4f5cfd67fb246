import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import type { ProcessTime } from '../../src/lib/process-time.ts';
import { StallWatch } from '../../src/lib/stall-watch.ts';
import { ManualClock } from '../support/manual-clock.ts';

const LIMIT = ms(10_000);

/** @param lives - what the process does in each tenth of a second */
function watch(lives: (second: number) => { readonly ran: number; readonly runnable: boolean } | undefined) {
  const clock = new ManualClock();
  let time: ProcessTime | undefined = { ran: 0, runnable: false };
  const stalled: number[] = [];
  let at = 0;
  const watched = new StallWatch({
    limit: LIMIT,
    clock,
    processTime: () => time,
    onStall: () => stalled.push(at),
  });
  watched.begin();
  const live = (seconds: number, sign: (second: number) => boolean = () => false): number | undefined => {
    for (const end = at + seconds; at < end && stalled.length === 0; at += 0.1) {
      const now = lives(at);
      time = now === undefined || time === undefined ? undefined : { ran: time.ran + now.ran, runnable: now.runnable };
      if (sign(at)) watched.sign();
      clock.advance(ms(100));
    }
    return stalled[0];
  };
  return { live, watched, clock };
}

test('what waits for something is charged by the clock', () => {
  expect(watch(() => ({ ran: 0, runnable: false })).live(60)).toBeLessThan(16);
});

test('what spins is charged for what it ran', () => {
  expect(watch(() => ({ ran: 100, runnable: true })).live(60)).toBeLessThan(16);
});

test('what gets a hundredth of a core is slow, and does not hang', () => {
  expect(watch(() => ({ ran: 1, runnable: true })).live(600)).toBeUndefined();
});

test('where the kernel does not tell, the clock counts', () => {
  expect(watch(() => undefined).live(60)).toBeLessThan(16);
});

test('a sign of life now and then, and nothing is ever killed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ ran: fc.integer({ min: 0, max: 100 }), runnable: fc.boolean() }), { minLength: 1 }),
      (lives) => {
        let nth = 0;
        const { live } = watch(() => lives[nth++ % lives.length]);
        return live(120, (second) => Math.round(second * 10) % 50 === 0) === undefined;
      },
    ),
    { numRuns: 30 },
  );
});

test('whoever watches may be held up itself: what it did not see in time is not charged', () => {
  const { live, clock } = watch(() => ({ ran: 0, runnable: false }));
  clock.stall(ms(60_000));
  expect(live(5)).toBeUndefined();
});

test('without work nothing is watched', () => {
  const { live, watched } = watch(() => ({ ran: 0, runnable: false }));
  watched.end();
  expect(live(60)).toBeUndefined();
});
