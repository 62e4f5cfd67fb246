import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compactNtp, formatRtcp, ntpTime, parseRtcp, type RtcpPacket } from '../../src/rtp/rtcp.ts';

const u32 = fc.nat(0xffffffff);
const block = fc.record({
  ssrc: u32,
  fractionLost: fc.nat(255),
  cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
  extendedHighestSequence: u32,
  jitter: u32,
  lastSenderReport: u32,
  delaySinceLastSenderReport: u32,
});
const reports = fc.array(block, { maxLength: 31 });
const sender = fc.record({ ntpSeconds: u32, ntpFraction: u32, rtpTimestamp: u32, packets: u32, octets: u32 });
const packetArb: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({ type: fc.constant('sender-report' as const), ssrc: u32, sender, reports }),
  fc.record({ type: fc.constant('receiver-report' as const), ssrc: u32, reports }),
  fc.record({
    type: fc.constant('source-description' as const),
    ssrc: u32,
    cname: fc.string({ minLength: 1, maxLength: 255 }),
  }),
  fc.record({ type: fc.constant('bye' as const), ssrcs: fc.array(u32, { maxLength: 31 }) }),
);

test('compound packets survive the wire', () => {
  fc.assert(
    fc.property(fc.array(packetArb, { minLength: 1, maxLength: 4 }), (packets) => {
      const bytes = formatRtcp(packets);
      expect(bytes.length % 4).toBe(0);
      expect(parseRtcp(bytes)).toEqual(packets);
    }),
  );
});

test('truncated, mutilated or random: packets or undefined, never an exception', () => {
  const whole = fc.array(packetArb, { minLength: 1, maxLength: 3 }).map(formatRtcp);
  const damaged = fc
    .tuple(whole, fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([bytes, cut, edits]) => {
      const copy = bytes.slice(0, cut % (bytes.length + 1));
      for (const [at, value] of edits) if (copy.length > 0) copy[at % copy.length] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), (bytes) => {
      const packets = parseRtcp(bytes);
      expect(packets === undefined || Array.isArray(packets)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('padding at the end, unknown packet types, an empty description', () => {
  const bye = formatRtcp([{ type: 'bye', ssrcs: [7] }]);
  const padded = new Uint8Array([...bye, 0, 0, 0, 4]);
  padded[0] = (padded[0] ?? 0) | 0x20;
  padded[3] = 2;
  expect(parseRtcp(padded)).toEqual([{ type: 'bye', ssrcs: [7] }]);
  expect(parseRtcp(new Uint8Array([0x80, 204, 0, 1, 0, 0, 0, 0, ...bye]))).toEqual([{ type: 'bye', ssrcs: [7] }]);
  expect(parseRtcp(Uint8Array.of(0x80, 202, 0, 0))).toEqual([]);
  expect(parseRtcp(new Uint8Array(0))).toBeUndefined();
  expect(parseRtcp(Uint8Array.of(0x81, 201, 0, 1, 0, 0, 0, 9))).toBeUndefined();
});

test('NTP time', () => {
  expect(ntpTime(0)).toEqual({ ntpSeconds: 2_208_988_800, ntpFraction: 0 });
  expect(ntpTime(1500)).toEqual({ ntpSeconds: 2_208_988_801, ntpFraction: 0x80000000 });
  expect(compactNtp({ ntpSeconds: 0x12345678, ntpFraction: 0x9abcdef0 })).toBe(0x56789abc);
});
