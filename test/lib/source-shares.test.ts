import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { SourceCounts, SourceShares } from '../../src/lib/source-shares.ts';

describe('shares by source', () => {
  test('a source has its burst, then its rate; another source has its own', () => {
    const shares = new SourceShares({ refillPerSecond: 2, burst: 3 });
    const taken = (address: string, now: number): boolean => shares.take(address, ms(now));
    expect([0, 0, 0, 0].map((now) => taken('192.0.2.1', now))).toEqual([true, true, true, false]);
    expect(taken('192.0.2.2', 0)).toBe(true);
    expect(taken('192.0.2.1', 499)).toBe(false);
    expect(taken('192.0.2.1', 501)).toBe(true);
    expect(taken('192.0.2.1', 501)).toBe(false);
    expect([0, 0, 0, 0].map(() => taken('192.0.2.1', 60_000))).toEqual([true, true, true, false]);
  });

  test('one IPv6 customer cannot come as 2^64 of them', () => {
    const shares = new SourceShares({ refillPerSecond: 1, burst: 2 });
    const taken = [1, 2, 3, 4].map((n) => shares.take(`2001:db8::${n}`, ms(0)));
    expect(taken).toEqual([true, true, false, false]);
  });

  test('a flood of addresses is forgotten again', () => {
    const shares = new SourceShares({ refillPerSecond: 1, burst: 1 });
    for (let i = 0; i < 25_000; i++) shares.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, ms(i));
    expect(shares.size).toBe(10_000);
  });

  test('never more than the burst and the rate together', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 80 }), (waits) => {
        const shares = new SourceShares({ refillPerSecond: 1, burst: 4 });
        let now = 0;
        let taken = 0;
        for (const wait of waits) {
          now += wait;
          if (shares.take('192.0.2.1', ms(now))) taken++;
        }
        return taken <= 4 + now / 1000;
      }),
    );
  });
});

describe('counts by source', () => {
  test('what is given back twice counts once, and nothing stays behind', () => {
    const counts = new SourceCounts();
    const back = [counts.add('192.0.2.1'), counts.add('192.0.2.1'), counts.add('192.0.2.9')];
    expect([counts.of('192.0.2.1'), counts.of('::ffff:192.0.2.9'), counts.total]).toEqual([2, 1, 3]);
    for (const give of back) {
      give();
      give();
    }
    expect([counts.of('192.0.2.1'), counts.total]).toEqual([0, 0]);
  });
});
