import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rtpTicks, ms } from '../../src/domain/units.ts';
import { keyPackets, looksLikeKey, type ReceivedEvent, TelephoneEventReceiver } from '../../src/rtp/telephone-event.ts';

interface Sent {
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  readonly at: number;
  readonly sequence?: number;
}

type Plain = Omit<ReceivedEvent, 'timestamp' | 'at'> & { readonly timestamp: number; readonly at: number };
const received = (packet: Plain): ReceivedEvent => ({
  ...packet,
  timestamp: rtpTicks(packet.timestamp),
  at: ms(packet.at),
});

/** The packets of these keys, 100 ms each with 60 ms between, one every 20 ms. */
function typed(digits: string, from = 1000): Sent[] {
  return Array.from(digits).flatMap((digit, n) =>
    keyPackets(digit).map(({ payload, marker }, i) => ({
      timestamp: (from + n * 1280) >>> 0,
      marker,
      payload,
      at: n * 160 + i * 20,
      sequence: n * 10 + i,
    })),
  );
}

/** Numbered as they arrive, all of one SSRC, unless they say otherwise. */
function heard(packets: readonly (Sent & { readonly ssrc?: number })[]): string {
  const receiver = new TelephoneEventReceiver();
  let digits = '';
  for (const [n, packet] of packets.entries()) {
    const report = receiver.receive(received({ ssrc: 1, sequence: n + 1, ...packet }));
    if (report?.pressed === true) digits += report.digit;
  }
  return digits;
}

test('one press per key, all sixteen, across the wrap of the timestamp', () => {
  expect(heard(typed('0123456789*#ABCD'))).toBe('0123456789*#ABCD');
  expect(heard(typed('112233', 0xffffff00))).toBe('112233');
});

test('packets: a marker first, growing durations, the end thrice', () => {
  const packets = keyPackets('#', 800);
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

test('a press that is played again, sequence numbers and all, is another one; a straggler of it is not', () => {
  const once = typed('7');
  const again = once.map((packet) => ({ ...packet, at: packet.at + 280 }));
  expect(heard([...once, ...again, ...again.map((packet) => ({ ...packet, at: packet.at + 280 }))])).toBe('777');
  const late = once.slice(1, 3).map((packet) => ({ ...packet, at: 400 }));
  expect(heard([...once, ...late])).toBe('7');
});

test('what is no key is no press: flash, tones, too few bytes', () => {
  const receiver = new TelephoneEventReceiver();
  for (const payload of [
    Uint8Array.of(16, 10, 0, 160),
    Uint8Array.of(70, 10, 0, 160),
    Uint8Array.of(1, 10, 0),
    new Uint8Array(0),
  ])
    expect(
      receiver.receive(received({ ssrc: 1, sequence: 1, timestamp: 1, marker: true, payload, at: 0 })),
    ).toBeUndefined();
});

test('a key is down until its end, or until nothing is heard of it', () => {
  const receiver = new TelephoneEventReceiver();
  const packets = keyPackets('4');
  const packet = { ssrc: 1, sequence: 1, timestamp: 0, marker: true };
  receiver.receive(received({ ...packet, payload: packets[0]!.payload, at: 0 }));
  expect([receiver.pressed(20), receiver.pressed(500)]).toEqual([true, false]);
  receiver.receive(received({ ...packet, sequence: 7, marker: false, payload: packets.at(-1)!.payload, at: 100 }));
  expect(receiver.pressed(100)).toBe(false);
});

/* What relays, gateways and telephones make of a press. Each is one key, however they tell it. */

type Relayed = Sent & { readonly ssrc?: number };
/** Changes one packet of a press; `n` counts from its first packet, of `of`. */
type Relay = (packet: Sent, n: number, of: number) => Relayed | undefined;

const ENDS = 3;
const isEnd = (n: number, of: number): boolean => n >= of - ENDS;

const RELAYS: readonly (readonly [string, Relay])[] = [
  ['nothing', (packet) => packet],
  ...[20, 160, 320, 800, 4_000, 80_000, -160, -4_000].map(
    (by) =>
      [
        `repeats of the end move by ${by}`,
        (packet: Sent, n: number, of: number) =>
          n > of - ENDS ? { ...packet, timestamp: (packet.timestamp + by * (n - of + ENDS)) >>> 0 } : packet,
      ] as const,
  ),
  ...[160, 800, 8_000].map(
    (by) =>
      [
        `all ends move by ${by}`,
        (packet: Sent, n: number, of: number) =>
          isEnd(n, of) ? { ...packet, timestamp: (packet.timestamp + by * (n - of + ENDS + 1)) >>> 0 } : packet,
      ] as const,
  ),
  [
    'ends have the time of the audio',
    (p, n, of) => (isEnd(n, of) ? { ...p, timestamp: (p.timestamp + n * 160) >>> 0 } : p),
  ],
  ['the whole press moves on', (packet, n) => ({ ...packet, timestamp: (packet.timestamp + n * 160) >>> 0 })],
  [
    'the whole press moves on, no marker',
    (p, n) => ({ ...p, marker: false, timestamp: (p.timestamp + n * 160) >>> 0 }),
  ],
  ['no marker', (packet) => ({ ...packet, marker: false })],
  ['a marker on every packet', (packet) => ({ ...packet, marker: true })],
  [
    'a marker on every packet, ends move',
    (p, n, of) => ({ ...p, marker: true, timestamp: (p.timestamp + (isEnd(n, of) ? n * 160 : 0)) >>> 0 }),
  ],
  ['no end', (packet, n, of) => (isEnd(n, of) ? undefined : packet)],
  ['one end', (packet, n, of) => (n > of - ENDS ? undefined : packet)],
  ['no beginning', (packet, n) => (n === 0 ? undefined : packet)],
  [
    'another SSRC from the middle on',
    (packet, n, of) => (n * 2 >= of ? { ...packet, ssrc: 77, timestamp: (packet.timestamp + 99_999) >>> 0 } : packet),
  ],
  ['another SSRC for the ends', (packet, n, of) => (isEnd(n, of) ? { ...packet, ssrc: 77, timestamp: 5 + n } : packet)],
];

/** Keys as they are dialled by hand and by machines: how long they are down and up, in packets of 20 ms. */
const RHYTHMS = [
  [5, 8],
  [3, 4],
  [12, 10],
  [40, 15],
  [2, 3],
] as const;

describe.each(RELAYS)('a relay: %s', (_, relay) => {
  test.each(RHYTHMS)('down for %i packets, up for %i', (down, up) => {
    const digits = '1122234555*##0';
    let sequence = 0;
    const packets = Array.from(digits).flatMap((digit, n) => {
      const begin = n * (down + up) * 20;
      sequence += up; // audio
      const timestamp = (0xffff_0000 + begin * 8) >>> 0;
      const sent = keyPackets(digit, down * 160);
      return sent.flatMap(({ payload, marker }, i) => {
        sequence++;
        // ends leave together, as the others do every 20 ms
        const at = begin + Math.min(i, down) * 20 + Math.max(0, i - down) * 3;
        const relayed = relay({ timestamp, marker, payload, at }, i, sent.length);
        return relayed === undefined ? [] : [{ ...relayed, sequence }];
      });
    });
    expect(heard(packets)).toBe(digits);
  });
});

test('ends that move, on a line that jolts by up to 60 ms', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[1-3]{1,8}$/),
      fc.constantFrom(160, 320, 1_000, 40_000),
      fc.infiniteStream(fc.nat(60)),
      (digits, by, jolts) => {
        let [sequence, clock] = [0, 0];
        const packets = Array.from(digits).flatMap((digit, n) => {
          const sent = keyPackets(digit, 960);
          return sent.map(({ payload, marker }, i) => {
            clock = Math.max(clock, n * 400 + i * 20 + (jolts.next().value ?? 0));
            const timestamp = 1_000 + n * 3_200 + Math.max(0, i - sent.length + 3) * by;
            return { timestamp, marker, payload, at: clock, sequence: ++sequence };
          });
        });
        expect(heard(packets)).toBe(digits);
      },
    ),
    { numRuns: 300 },
  );
});

test('two presses of one key that come at once, after a stall of the network, are two', () => {
  const packets = typed('11').map((packet) => ({ ...packet, at: 5 }));
  expect(heard(packets)).toBe('11');
});

test('what looks like a key and nothing else: four bytes, a key, no reserved bit', () => {
  expect(looksLikeKey(Uint8Array.of(11, 0x8a, 0, 160))).toBe(true);
  for (const payload of [
    [16, 10, 0, 160],
    [1, 0x4a, 0, 160],
    [1, 10, 0],
    [1, 10, 0, 160, 0],
    Array.from({ length: 160 }, () => 1),
  ])
    expect(looksLikeKey(Uint8Array.from(payload))).toBe(false);
});
