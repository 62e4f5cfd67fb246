import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyPackets, TelephoneEventReceiver } from '../../src/rtp/telephone-event.ts';

interface Sent {
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  readonly at: number;
}

/** The packets of these keys, 100 ms each with 60 ms between, one every 20 ms. */
function typed(digits: string, from = 1000): Sent[] {
  return Array.from(digits).flatMap((digit, n) =>
    keyPackets(digit).map(({ payload, marker }, i) => ({
      timestamp: (from + n * 1280) >>> 0,
      marker,
      payload,
      at: n * 160 + i * 20,
    })),
  );
}

function heard(packets: readonly Sent[], receiver = new TelephoneEventReceiver()): string {
  let digits = '';
  for (const { timestamp, marker, payload, at } of packets)
    digits += receiver.receive(timestamp, marker, payload, at)?.digit ?? '';
  return digits;
}

test('one press per key, all sixteen, across the wrap of the timestamp', () => {
  expect(heard(typed('0123456789*#ABCD'))).toBe('0123456789*#ABCD');
  expect(heard(typed('112233', 0xffffff00))).toBe('112233');
});

test('packets: a marker first, growing durations, the end thrice', () => {
  const packets = keyPackets('#', 800, 160);
  expect(packets.map(({ marker }) => marker)).toEqual([true, false, false, false, false, false, false]);
  expect(
    packets.map(({ payload }) => [payload[0], (payload[1] ?? 0) >> 7, ((payload[2] ?? 0) << 8) | (payload[3] ?? 0)]),
  ).toEqual([
    [11, 0, 160],
    [11, 0, 320],
    [11, 0, 480],
    [11, 0, 640],
    [11, 1, 800],
    [11, 1, 800],
    [11, 1, 800],
  ]);
  expect(keyPackets('x')).toEqual([]);
  expect(keyPackets('')).toEqual([]);
  expect(keyPackets('5', 400_000).at(-1)?.payload).toEqual(Uint8Array.of(5, 0x8a, 0xff, 0xff));
  expect(keyPackets('5', 20)[0]).toMatchObject({ marker: true });
});

test('any packets may be lost, doubled or swapped within a press, if one of each press arrives', () => {
  const keys = fc.stringMatching(/^[0-9*#]{1,6}$/);
  fc.assert(
    fc.property(keys, fc.infiniteStream(fc.nat(3)), fc.infiniteStream(fc.nat(6)), (digits, fates, swaps) => {
      const packets = Array.from(digits).flatMap((_, n) => {
        const press = typed(digits).slice(n * 7, n * 7 + 7);
        const swapAt = swaps.next().value ?? 0;
        const [one, other] = [press[swapAt], press[swapAt + 1]];
        if (one !== undefined && other !== undefined)
          [press[swapAt], press[swapAt + 1]] = [
            { ...other, at: one.at },
            { ...one, at: other.at },
          ];
        const kept = press.flatMap((packet) => {
          const fate = fates.next().value;
          return fate === 0 ? [] : fate === 1 ? [packet, packet] : [packet];
        });
        return kept.length === 0 ? press.slice(0, 1) : kept;
      });
      expect(heard(packets)).toBe(digits);
    }),
    { numRuns: 300 },
  );
});

test('no marker at all, and ends that never come', () => {
  expect(heard(typed('1223').map((packet) => ({ ...packet, marker: false })))).toBe('1223');
  const endless = Array.from('1223').flatMap((digit, n) =>
    keyPackets(digit)
      .slice(0, 4)
      .map(({ payload, marker }, i) => ({ timestamp: n * 1280, marker, payload, at: n * 160 + i * 20 })),
  );
  expect(heard(endless)).toBe('1223');
});

test('only ends arrive: still one press', () => {
  expect(heard(typed('77').filter(({ payload }) => (payload[1] ?? 0) > 0x7f))).toBe('77');
});

test('a straggler of the press before is not a new press', () => {
  const packets = typed('12');
  expect(heard([...packets.slice(0, 6), ...packets.slice(7, 9), ...packets.slice(6, 7), ...packets.slice(9)])).toBe(
    '12',
  );
});

const held = (event: number, timestamp: number, duration: number, at: number): Sent => ({
  timestamp,
  marker: at === 0,
  payload: Uint8Array.of(event, 10, duration >> 8, duration & 0xff),
  at,
});

test('a long key counts once: in segments, and from a sender that moves the timestamp', () => {
  const segments = Array.from({ length: 600 }, (_, i) => {
    const samples = (i + 1) * 160;
    return held(5, samples > 0xffff ? 0xffff : 0, samples > 0xffff ? samples - 0xffff : samples, i * 20);
  });
  expect(heard(segments)).toBe('5');
  expect(heard(Array.from({ length: 50 }, (_, i) => held(5, i * 160, 160, i * 20)))).toBe('5');
});

test("SIPp's captures: every press at the same timestamp", () => {
  const packets = Array.from('1123').flatMap((digit, n) =>
    keyPackets(digit).map(({ payload, marker }, i) => ({ timestamp: 4711, marker, payload, at: n * 1000 + i * 20 })),
  );
  expect(heard(packets)).toBe('1123');
});

test('what is no key is no press: flash, tones, too few bytes', () => {
  const receiver = new TelephoneEventReceiver();
  for (const payload of [
    Uint8Array.of(16, 10, 0, 160),
    Uint8Array.of(70, 10, 0, 160),
    Uint8Array.of(1, 10, 0),
    new Uint8Array(0),
  ])
    expect(receiver.receive(1, true, payload, 0)).toBeUndefined();
});

test('a key is down until its end, or until nothing is heard of it', () => {
  const receiver = new TelephoneEventReceiver();
  const packets = keyPackets('4');
  receiver.receive(0, true, packets[0]!.payload, 0);
  expect([receiver.pressed(20), receiver.pressed(500)]).toEqual([true, false]);
  receiver.receive(0, false, packets.at(-1)!.payload, 100);
  expect(receiver.pressed(100)).toBe(false);
});

test('after a reset the same timestamp is a new press', () => {
  const receiver = new TelephoneEventReceiver();
  expect(heard(typed('5'), receiver)).toBe('5');
  receiver.reset();
  expect(heard(typed('5'), receiver)).toBe('5');
});
