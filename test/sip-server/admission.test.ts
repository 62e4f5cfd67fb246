import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { Admission } from '../../src/sip-server/admission.ts';

const options = { setupsPerSecond: 10, burst: 5, maxLag: ms(100) };

describe('admission', () => {
  test('closed, late, too often', () => {
    const admission = new Admission(options);
    expect(admission.refuse(ms(0))).toBeUndefined();
    admission.set(false);
    expect(admission.refuse(ms(0))).toBe('draining');
    admission.set(true);
    admission.noteLag(ms(101));
    expect(admission.refuse(ms(0))).toBe('lag');
    admission.noteLag(ms(100));
    for (let i = 0; i < 4; i++) expect(admission.refuse(ms(0))).toBeUndefined();
    expect(admission.refuse(ms(0))).toBe('rate');
    expect(admission.refuse(ms(99))).toBe('rate');
    expect(admission.refuse(ms(200))).toBeUndefined();
  });

  test('never more than the burst and the rate allow', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 300 }), { maxLength: 200 }), (gaps) => {
        const admission = new Admission(options);
        let now = 0;
        let taken = 0;
        for (const gap of gaps) {
          now += gap;
          if (admission.refuse(ms(now)) === undefined) taken++;
        }
        expect(taken).toBeLessThanOrEqual(options.burst + (now * options.setupsPerSecond) / 1000 + 1e-6);
      }),
    );
  });
});
