import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ms, sharedMs, wallMs } from '../../src/domain/units.ts';
import { TimerWheel } from '../../src/sip/transaction/timer-wheel.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('the timer wheel', () => {
  test('fires each timer at the first tick at or after its time, never before', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    const fired: [number, number][] = [];
    clock.advance(3);
    for (const delay of [0, 1, 10, 17, 500, 32_000, 100_000])
      wheel.after(ms(delay), () => fired.push([delay, clock.now()]));
    clock.advance(120_000);
    expect(fired.map(([delay]) => delay)).toEqual([0, 1, 10, 17, 500, 32_000, 100_000]);
    for (const [delay, at] of fired) {
      expect(at - 3).toBeGreaterThanOrEqual(delay);
      expect(at - 3 - delay).toBeLessThan(20);
    }
  });

  test('runs one timer of the clock while something is pending, none else', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    expect(clock.pending).toBe(0);
    const cancels = Array.from({ length: 1_000 }, (_, i) => wheel.after(ms(i), () => undefined));
    expect([clock.pending, wheel.pending]).toEqual([1, 1_000]);
    for (const cancel of cancels) cancel();
    expect(wheel.pending).toBe(0);
    clock.advance(10);
    expect(clock.pending).toBe(0);
    let fired = 0;
    clock.advance(12_345);
    wheel.after(ms(20), () => fired++);
    clock.advance(40);
    expect([fired, clock.pending, wheel.pending]).toEqual([1, 0, 0]);
  });

  test('a timer stopped by another of the same tick stays silent; stopping twice is stopping once', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    let fired = 0;
    wheel.after(ms(100), () => stop());
    const stop = wheel.after(ms(100), () => fired++);
    clock.advance(200);
    stop();
    expect([fired, wheel.pending]).toEqual([0, 0]);
  });

  test('a timer may start the next one', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    const at: number[] = [];
    const again = (): void => {
      at.push(clock.now());
      if (at.length < 5) wheel.after(ms(50), again);
    };
    wheel.after(ms(50), again);
    clock.advance(1_000);
    expect(at).toEqual([50, 100, 150, 200, 250]);
  });

  test('after a stall of minutes everything due fires, nothing else', () => {
    let now = 0;
    let wake: (() => void) | undefined;
    const stalling = {
      now: () => ms(now),
      wall: () => wallMs(0),
      shared: () => sharedMs(now),
      after: (_delay: number, run: () => void) => {
        wake = run;
        return () => {
          wake = undefined;
        };
      },
    };
    const wheel = new TimerWheel(stalling);
    const fired: number[] = [];
    for (const delay of [10, 40_000, 90_000, 200_000]) wheel.after(ms(delay), () => fired.push(delay));
    now = 120_000;
    wake?.();
    expect(fired.sort((a, b) => a - b)).toEqual([10, 40_000, 90_000]);
    expect(wheel.pending).toBe(1);
    now = 200_010;
    wake?.();
    expect([fired.length, wheel.pending, wake]).toEqual([4, 0, undefined]);
  });

  test('once closed it forgets all, takes no more and frees the clock', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    const stop = wheel.after(ms(10), () => expect.unreachable());
    wheel.close();
    wheel.after(ms(10), () => expect.unreachable());
    clock.advance(100);
    stop();
    expect([clock.pending, wheel.pending]).toEqual([0, 0]);
  });

  test('agrees with a plain list of timers', () => {
    const action = fc.record({ delay: fc.nat(60_000), stops: fc.boolean(), passes: fc.nat(5_000) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const clock = new ManualClock();
        const wheel = new TimerWheel(clock);
        const fired = new Set<number>();
        const expected = new Map<number, number>();
        for (const [i, { delay, stops, passes }] of actions.entries()) {
          const stop = wheel.after(ms(delay), () => fired.add(i));
          if (stops) stop();
          else expected.set(i, clock.now() + delay);
          clock.advance(passes);
          for (const [timer, due] of expected) {
            if (due + 10 <= clock.now()) expect(fired.has(timer)).toBe(true);
            if (due > clock.now()) expect(fired.has(timer)).toBe(false);
          }
        }
        clock.advance(120_000);
        expect([fired.size, wheel.pending, clock.pending]).toEqual([expected.size, 0, 0]);
      }),
      {
        numRuns: 50,
        // one is started between two ticks, and one that is due soon after the next
        examples: [[[12, 5, 8, 6].map((passes, i) => ({ delay: i === 2 ? 4 : 0, stops: false, passes }))]],
      },
    );
  });
});
