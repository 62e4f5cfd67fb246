import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { TokenBucket } from '../../src/lib/token-bucket.ts';

const limits = { refillPerSecond: 10, burst: 5 };

test('what is allowed at once is gone at once, and comes back with time', () => {
  const bucket = new TokenBucket(limits);
  for (let i = 0; i < 5; i++) expect(bucket.take(ms(0))).toBe(true);
  expect(bucket.take(ms(0))).toBe(false);
  expect(bucket.take(ms(99))).toBe(false);
  expect(bucket.take(ms(200))).toBe(true);
  expect(bucket.level(ms(60_000))).toBe(5);
  expect(bucket.level(ms(0))).toBe(5);
});

test('never more than the burst and the rate allow', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 300 }), { maxLength: 200 }), (gaps) => {
      const bucket = new TokenBucket(limits);
      let now = 0;
      let taken = 0;
      for (const gap of gaps) {
        now += gap;
        if (bucket.take(ms(now))) taken++;
      }
      expect(taken).toBeLessThanOrEqual(limits.burst + (now * limits.refillPerSecond) / 1000 + 1e-6);
    }),
  );
});
