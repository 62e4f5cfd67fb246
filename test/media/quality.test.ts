import { expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { AudioWatch } from '../../src/media/embedded/audio-watch.ts';
import { QualityMonitor } from '../../src/media/embedded/leg-quality.ts';
import { meanOpinionScore } from '../../src/rtp/e-model.ts';
import { compactNtp, ntpTime, type ReportBlock } from '../../src/rtp/rtcp.ts';
import { Studio } from './studio.ts';

const block = (of: Partial<ReportBlock>): ReportBlock => ({
  ssrc: 1,
  fractionLost: 0,
  cumulativeLost: 0,
  extendedHighestSequence: 0,
  jitter: 0,
  lastSenderReport: 0,
  delaySinceLastSenderReport: 0,
  ...of,
});
const at = (unixMs: number): number => compactNtp(ntpTime(unixMs));

test('the round trip is the time since our report, less what the far end kept it (RFC 3550 section 6.4.1)', () => {
  const monitor = new QualityMonitor();
  const sent = 1_700_000_000_000;
  monitor.onReport(
    block({
      lastSenderReport: at(sent),
      delaySinceLastSenderReport: Math.round(5_000 * 65.536),
      fractionLost: 64,
      jitter: 160,
    }),
    at(sent + 5_120),
    8_000,
  );
  const { roundTrip, far } = monitor.take({ received: 0, lost: 0, late: 0, jitterMs: 0 });
  expect(roundTrip).toBeCloseTo(120, 0);
  expect(far).toMatchObject({ lostShare: 0.25, jitter: 20 });
  expect(far?.mos).toBeLessThan(2.5);
  // nonsense of their clock changes nothing
  monitor.onReport(block({ lastSenderReport: at(sent + 90_000) }), at(sent), 8_000);
  expect(monitor.take({ received: 0, lost: 0, late: 0, jitterMs: 0 }).roundTrip).toBeCloseTo(120, 0);
});

test('each score is of what came since the last one', () => {
  const monitor = new QualityMonitor();
  expect(monitor.take({ received: 0, lost: 0, late: 0, jitterMs: 0 }).mos).toBeUndefined();
  expect(monitor.take({ received: 250, lost: 0, late: 0, jitterMs: 2 }).mos).toBeGreaterThan(4.3);
  expect(monitor.take({ received: 450, lost: 40, late: 10, jitterMs: 2 }).mos).toBeLessThan(3);
  expect(monitor.take({ received: 700, lost: 40, late: 10, jitterMs: 2 }).mos).toBeGreaterThan(4.3);
});

test('a packet that came late counts as one that was expected and not heard, as a lost one does', () => {
  const scoreOf = (received: number, lost: number, late: number): number | undefined =>
    new QualityMonitor().take({ received, lost, late, jitterMs: 2 }).mos;
  // 250 were sent each time, of which 200 were heard
  expect(scoreOf(250, 0, 50)).toBe(scoreOf(200, 50, 0));
  expect(scoreOf(220, 30, 20)).toBe(scoreOf(200, 50, 0));
  // none was heard in its turn
  expect(scoreOf(50, 0, 50)).toBe(meanOpinionScore({ lossShare: 1, jitterMs: 2, roundTripMs: undefined }));
});

test('no audio since the answer is told once, before 3 s; not on hold, not of one who has spoken', () => {
  const watch = new AudioWatch(30_000);
  const ticks = (from: number, to: number): unknown[] => {
    const told = [];
    for (let now = from; now <= to; now += 20) told.push(watch.tick(ms(now)));
    return told.filter((silence) => silence !== undefined);
  };
  watch.expect(ms(0));
  expect(ticks(0, 400)).toEqual([]);
  watch.begin(ms(400)); // the ACK
  expect(ticks(400, 3_400)).toEqual([{ kind: 'never-began', silent: 2_520 }]);
  expect(ticks(3_400, 20_000)).toEqual([]);
  expect(ticks(20_000, 31_000)).toMatchObject([{ kind: 'lost' }]);

  const held = new AudioWatch(30_000);
  held.expect(ms(0));
  held.rest();
  expect(held.tick(ms(10_000))).toBeUndefined();
  const spoken = new AudioWatch(30_000);
  spoken.expect(ms(0));
  expect(spoken.packet(ms(100), true)).toBe(true);
  expect(spoken.tick(ms(10_000))).toBeUndefined();
});

test('a caller of whom nothing comes is told of within 3 s', async () => {
  await using studio = await Studio.open({ rtpTimeoutMs: 30_000 });
  const line = await studio.line();
  const { silent } = await line.event('one-way-audio', undefined, 20_000);
  expect(silent).toBeLessThan(3_000);
  expect(line.all('rtp-lost')).toEqual([]);
});
