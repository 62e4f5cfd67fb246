import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RefusalReason } from '../../src/domain/admission.ts';
import { type CountedCall, TrunkLimits, type TrunkLimitsOptions } from '../../src/sip-server/trunk-limits.ts';
import { ManualClock } from '../support/manual-clock.ts';

const HOUR = 3_600_000;

function trunk(options: TrunkLimitsOptions) {
  const clock = new ManualClock();
  const limits = new TrunkLimits(options);
  const begin = (dialled?: string): CountedCall | RefusalReason => {
    const begun = limits.begin(dialled, () => clock.now());
    return 'because' in begun ? begun.because : begun;
  };
  const taken = (dialled?: string): CountedCall => {
    const begun = begin(dialled);
    if (typeof begun === 'string') throw new Error(begun);
    return begun;
  };
  return { clock, limits, begin, taken };
}

describe('a trunk takes', () => {
  test('so many calls at the same time, in both directions; an end counts once', () => {
    const { begin, taken, limits } = trunk({ calls: 2 });
    const first = taken();
    taken('+8610');
    expect(begin('+8610')).toBe('trunk-full');
    first.end();
    first.end();
    expect(limits.calls).toBe(1);
    taken();
    expect(begin()).toBe('trunk-full');
  });

  test('so many new calls a second, after a burst of two seconds’ worth', () => {
    const { begin, taken, clock } = trunk({ setupsPerSecond: 5 });
    for (let n = 0; n < 10; n++) taken().end();
    expect(begin()).toBe('trunk-rate');
    clock.advance(200);
    taken().end();
    expect(begin()).toBe('trunk-rate');
  });
});

describe('a destination', () => {
  test('that is not named is not dialled; calls of the trunk to us are of none', () => {
    const { begin, taken } = trunk({ destinations: [{ number: '+8610*' }, { number: '110' }] });
    taken('+86105555');
    taken('110');
    taken();
    expect([begin('+882'), begin('1101'), begin('')]).toEqual(Array(3).fill('destination-not-allowed'));
  });

  test('counts by the longest number that fits', () => {
    const { begin, taken } = trunk({ destinations: [{ number: '+86*' }, { number: '+8616*', calls: 0 }] });
    taken('+8610');
    expect(begin('+86168')).toBe('destination-limit');
  });

  test('takes so many calls at the same time, and in an hour', () => {
    const { begin, taken, clock } = trunk({ destinations: [{ number: '*', calls: 2, callsPerHour: 3 }] });
    const first = taken('1');
    taken('2');
    expect(begin('3')).toBe('destination-limit');
    first.end();
    taken('3').end();
    expect(begin('4')).toBe('destination-limit');
    clock.advance(HOUR);
    taken('4');
  });

  test('takes so many minutes in a day, those of calls under way included', () => {
    const { begin, taken, clock } = trunk({ destinations: [{ number: '*', minutesPerDay: 60 }] });
    const first = taken('1');
    clock.advance(40 * 60_000);
    first.end();
    taken('1');
    clock.advance(20 * 60_000);
    expect(begin('1')).toBe('destination-limit');
    clock.advance(24 * HOUR);
    // the one that never ended has used it up by itself
    expect(begin('1')).toBe('destination-limit');
  });
});

test('whatever comes and goes: never more at the same time than is allowed, and none counted that has ended', () => {
  const calls = fc.array(fc.record({ number: fc.constantFrom('+1', '+2', undefined), ends: fc.nat(5) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(calls, (plan) => {
      const { begin, limits } = trunk({ calls: 4, destinations: [{ number: '+1', calls: 2 }, { number: '+2' }] });
      const live: { readonly call: CountedCall; readonly number: string | undefined }[] = [];
      for (const { number, ends } of plan) {
        const call = begin(number);
        if (typeof call !== 'string') live.push({ call, number });
        expect(limits.calls).toBe(live.length);
        expect(live.length).toBeLessThanOrEqual(4);
        expect(live.filter((each) => each.number === '+1').length).toBeLessThanOrEqual(2);
        const [gone] = ends < live.length ? live.splice(ends, 1) : [];
        gone?.call.end();
      }
    }),
  );
});
