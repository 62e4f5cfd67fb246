import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRtcp, newRtpView, parseRtp, RTP_HEADER_BYTES, writeRtpHeader } from '../../src/rtp/packet.ts';

const headerArb = fc.record({
  marker: fc.boolean(),
  payloadType: fc.nat(127),
  sequence: fc.nat(0xffff),
  timestamp: fc.nat(0xffffffff),
  ssrc: fc.nat(0xffffffff),
});

test('what is written is read', () => {
  const buf = new Uint8Array(200);
  const view = newRtpView();
  fc.assert(
    fc.property(headerArb, fc.nat(160), (header, payload) => {
      writeRtpHeader(buf, header);
      expect(parseRtp(buf, RTP_HEADER_BYTES + payload, view)).toBe(true);
      expect(view).toEqual({ ...header, payloadStart: 12, payloadEnd: 12 + payload });
    }),
  );
});

test('numbers wrap to their width', () => {
  const buf = new Uint8Array(12);
  const view = newRtpView();
  writeRtpHeader(buf, { marker: false, payloadType: 0, sequence: 0x1_0001, timestamp: 0x1_0000_0002, ssrc: -1 });
  parseRtp(buf, 12, view);
  expect(view).toMatchObject({ sequence: 1, timestamp: 2, ssrc: 0xffffffff });
});

const packet = (first: number, ...rest: number[]): Uint8Array =>
  Uint8Array.of(first, 0x80 | 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, ...rest);

test.each([
  ['plain', packet(0x80, 1, 2), [12, 14]],
  ['empty', packet(0x80), [12, 12]],
  ['two CSRCs', packet(0x82, 0, 0, 0, 1, 0, 0, 0, 2, 9), [20, 21]],
  ['extension of one word', packet(0x90, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 9, 9), [20, 22]],
  ['empty extension', packet(0x90, 0, 0, 0, 0, 9), [16, 17]],
  ['padding', packet(0xa0, 9, 0, 0, 3), [12, 13]],
  ['nothing but padding', packet(0xa0, 0, 2), [12, 12]],
  ['CSRC, extension and padding', packet(0xb1, 0, 0, 0, 1, 0, 0, 0, 0, 9, 1), [20, 21]],
] as const)('%s', (_, bytes, [start, end]) => {
  const view = newRtpView();
  expect(parseRtp(bytes, bytes.length, view)).toBe(true);
  expect(view).toMatchObject({
    marker: true,
    payloadType: 8,
    sequence: 1,
    timestamp: 2,
    ssrc: 3,
    payloadStart: start,
    payloadEnd: end,
  });
});

test.each([
  ['too short', packet(0x80).subarray(0, 11)],
  ['version 1', packet(0x40)],
  ['CSRCs that are not there', packet(0x8f, 0, 0, 0, 1)],
  ['extension header that is not there', packet(0x90, 0, 0)],
  ['extension longer than the packet', packet(0x90, 0, 0, 0, 2, 0, 0, 0, 0)],
  ['padding of none', packet(0xa0, 9, 0)],
  ['padding longer than the payload', packet(0xa0, 9, 3)],
])('refused: %s', (_, bytes) => {
  expect(parseRtp(bytes, bytes.length, newRtpView())).toBe(false);
});

test('whatever comes, the payload lies within the packet', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(80), (bytes, length) => {
      const view = newRtpView();
      if (!parseRtp(bytes, length, view)) return;
      expect(view.payloadStart).toBeGreaterThanOrEqual(12);
      expect(view.payloadEnd).toBeGreaterThanOrEqual(view.payloadStart);
      expect(view.payloadEnd).toBeLessThanOrEqual(Math.min(length, bytes.length));
    }),
    { numRuns: 2000 },
  );
});

test('RTCP is told from RTP on a shared port', () => {
  expect(isRtcp(Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 0), 8)).toBe(true);
  expect(isRtcp(packet(0x80), 12)).toBe(false);
  expect(isRtcp(new Uint8Array(0), 0)).toBe(false);
});
