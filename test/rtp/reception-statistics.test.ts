import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { rtpTicks } from '../../src/domain/units.ts';
import { ReceptionStatistics } from '../../src/rtp/reception-statistics.ts';

/** Packets of a perfect 20 ms stream, those in `lost` left out; their arrival shifted by `delay`. */
function stream(
  count: number,
  options: { from?: number; lost?: (n: number) => boolean; delay?: (n: number) => number } = {},
): ReceptionStatistics {
  const { from = 65_500, lost = () => false, delay = () => 0 } = options;
  const statistics = new ReceptionStatistics(1);
  for (let n = 0; n < count; n++)
    if (!lost(n)) statistics.receive((from + n) & 0xffff, rtpTicks((0xffffff00 + n * 160) >>> 0), n * 20 + delay(n));
  return statistics;
}

test('a perfect stream across the wraps: nothing lost, no jitter', () => {
  const statistics = stream(1000);
  // the first packet of a source is on probation and doesn't count
  expect(statistics).toMatchObject({ received: 999, expected: 999, lost: 0, jitter: 0 });
  expect(statistics.extendedHighestSequence).toBe(65_500 + 999);
  expect(statistics.report(0)).toMatchObject({ ssrc: 1, fractionLost: 0, cumulativeLost: 0 });
});

test('loss is counted in all and since the last report', () => {
  const statistics = stream(1000, { lost: (n) => n > 1 && n < 990 && n % 10 === 0 });
  expect(statistics.lost).toBe(98);
  expect(statistics.report(0)).toMatchObject({ fractionLost: Math.floor((98 * 256) / 999), cumulativeLost: 98 });
  expect(statistics.report(0)).toMatchObject({ fractionLost: 0, cumulativeLost: 98 });
});

test('duplicates make the loss negative, the fraction stays 0', () => {
  const statistics = stream(100);
  for (let n = 0; n < 5; n++) statistics.receive((65_500 + 99) & 0xffff, rtpTicks(0), 2000);
  expect(statistics.lost).toBe(-5);
  expect(statistics.report(2000)).toMatchObject({ fractionLost: 0, cumulativeLost: -5 });
});

test('jitter converges to the mean difference of transit times', () => {
  // every other packet 10 ms late: successive transits differ by 80 samples
  expect(stream(500, { delay: (n) => (n % 2) * 10 }).jitter).toBeCloseTo(80, 0);
  expect(stream(500, { delay: (n) => (n % 2) * 10 }).jitterMs).toBeCloseTo(10, 1);
});

test('one stray packet is ignored, a restarted sender is believed at its second', () => {
  const statistics = stream(100, { from: 0 });
  expect(statistics.receive(30_000, rtpTicks(5), 2000)).toBe(false);
  expect(statistics.receive(100, rtpTicks(16_000), 2020)).toBe(true);
  expect(statistics.receive(40_000, rtpTicks(5), 2040)).toBe(false);
  expect(statistics.receive(40_001, rtpTicks(165), 2060)).toBe(true);
  expect(statistics).toMatchObject({ received: 1, lost: 0, extendedHighestSequence: 40_001 });
});

test('a source counts after two packets in sequence', () => {
  const statistics = new ReceptionStatistics(1);
  expect([5, 9, 10, 11].map((sequence) => statistics.receive(sequence, rtpTicks(0), 0))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('the last sender report and its age are quoted', () => {
  const statistics = stream(10);
  statistics.noteSenderReport(0x56789abc, 1000);
  expect(statistics.report(1500)).toMatchObject({ lastSenderReport: 0x56789abc, delaySinceLastSenderReport: 32_768 });
});

test('whatever comes, a report block fits its fields', () => {
  const u32 = fc.nat(0xffffffff);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(0xffff), u32, fc.nat(100_000)), { maxLength: 200 }), (packets) => {
      const statistics = new ReceptionStatistics(9);
      for (const [sequence, timestamp, arrival] of packets) {
        statistics.receive(sequence, rtpTicks(timestamp), arrival);
        const block = statistics.report(arrival);
        expect(block.fractionLost >= 0 && block.fractionLost <= 255).toBe(true);
        expect(Math.abs(block.cumulativeLost)).toBeLessThanOrEqual(0x800000);
        expect(block.jitter).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 100 },
  );
});
