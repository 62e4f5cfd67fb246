import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AdmissionFacts, admit, type RefusalReason, refusal } from '../../src/domain/admission.ts';
import { ms } from '../../src/domain/units.ts';

const fine: AdmissionFacts = {
  line: { take: true },
  draining: false,
  missing: undefined,
  lag: { now: ms(100), most: ms(100) },
  calls: { live: 9, most: 10 },
  setups: 1,
};

describe('admission', () => {
  test('a call is taken when nothing speaks against it, and when nothing is known', () => {
    expect(admit(fine)).toEqual({ take: true });
    expect(admit({})).toEqual({ take: true });
  });

  test.each<[Partial<AdmissionFacts>, RefusalReason]>([
    [{ draining: true }, 'draining'],
    [{ missing: 'no media server takes calls' }, 'not-ready'],
    [{ lag: { now: ms(100.5), most: ms(100) } }, 'overloaded'],
    [{ calls: { live: 10, most: 10 } }, 'full'],
    [{ setups: 0.99 }, 'rate'],
  ])('%j: %s', (fact, because) => {
    expect(admit({ ...fine, ...fact })).toMatchObject({ take: false, because });
  });

  test('what the other thread said goes before all else, with its own time', () => {
    const line = { take: false, because: 'full', retryAfter: 33 } as const;
    expect(admit({ ...fine, line, draining: true })).toBe(line);
  });

  test('what is missing is named for operators', () => {
    expect(admit({ missing: 'no server to take calls on' })).toEqual({
      take: false,
      because: 'not-ready',
      retryAfter: refusal('not-ready').retryAfter,
      detail: 'no server to take calls on',
    });
  });

  test('every refusal says when to come again', () => {
    fc.assert(
      fc.property(
        fc.record({
          draining: fc.boolean(),
          missing: fc.option(fc.string(), { nil: undefined }),
          live: fc.nat(20),
          lag: fc.nat(200),
          setups: fc.double({ min: 0, max: 3, noNaN: true }),
        }),
        ({ draining, missing, live, lag, setups }) => {
          const admission = admit({
            draining,
            missing,
            calls: { live, most: 10 },
            lag: { now: ms(lag), most: ms(100) },
            setups,
          });
          const wanted = !draining && missing === undefined && live < 10 && lag <= 100 && setups >= 1;
          expect(admission.take).toBe(wanted);
          if (!admission.take) expect(admission.retryAfter).toBeGreaterThanOrEqual(1);
        },
      ),
    );
  });
});
