import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { meanOpinionScore, rating } from '../../src/rtp/e-model.ts';

test('without loss or delay the rating is the default of G.107, and the score that of G.711', () => {
  const best = { lossShare: 0, jitterMs: 0, roundTripMs: 0 };
  expect(rating(best)).toBeCloseTo(93.2, 1);
  expect(meanOpinionScore(best)).toBeCloseTo(4.41, 2);
});

test.each([
  // Ie,eff of G.113 Appendix I for G.711 with concealment: 95 * Ppl / (Ppl + 25.1)
  [0.01, 0, 89.6],
  [0.05, 0, 77.4],
  [0.1, 0, 66.1],
  // Idd at 150, 200 and 400 ms one way: hardly heard, noticed, a hindrance
  [0, 180, 93.2],
  [0, 280, 90.2],
  [0, 680, 69.1],
])('loss %f, round trip %i ms: R %f', (lossShare, roundTripMs, r) => {
  expect(rating({ lossShare, jitterMs: 0, roundTripMs })).toBeCloseTo(r, 0);
});

test('more loss, delay or jitter never sounds better, and a score stays between 1 and 4.5', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const time = fc.double({ min: 0, max: 5_000, noNaN: true });
  fc.assert(
    fc.property(share, time, time, share, time, (lossShare, jitterMs, roundTripMs, moreLoss, more) => {
      const score = meanOpinionScore({ lossShare, jitterMs, roundTripMs });
      expect(score).toBeGreaterThanOrEqual(1);
      expect(score).toBeLessThanOrEqual(4.5);
      const worse = {
        lossShare: Math.min(1, lossShare + moreLoss),
        jitterMs: jitterMs + more,
        roundTripMs: roundTripMs + more,
      };
      expect(rating(worse)).toBeLessThanOrEqual(rating({ lossShare, jitterMs, roundTripMs }) + 1e-9);
    }),
  );
});
