import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { rtpTicks } from '../../src/domain/units.ts';
import { Timeline } from '../../src/rtp/timeline.ts';
import { noise } from '../support/noise.ts';

interface Packet {
  readonly timestamp: number;
  readonly arrival: number;
}

/** A stream whose clock runs `ppm` fast, its packets up to `jitter` samples late. Our clock: samples. */
function stream(count: number, { ppm = 0, jitter = 0, from = 0xfffff000, start = 10_000 } = {}): Packet[] {
  const late = noise(count, jitter, 7);
  return Array.from({ length: count }, (_, n) => ({
    timestamp: (from + n * 160) >>> 0,
    arrival: start + ((n + 1) * 160) / (1 + ppm / 1e6) + Math.abs(late[n] ?? 0),
  }));
}

test('contiguous packets are contiguous, whatever their jitter', () => {
  const timeline = new Timeline();
  let end: number | undefined;
  for (const { timestamp, arrival } of stream(3000, { jitter: 400 })) {
    const { at, correction } = timeline.place(rtpTicks(timestamp), arrival, 160);
    if (end !== undefined) expect(at - end).toBe(correction);
    end = at + 160;
  }
});

test.each([-200, -50, 0, 50, 200])('drift of %i ppm over ten minutes stays within 25 ms of our clock', (ppm) => {
  const timeline = new Timeline();
  let worst = 0;
  for (const [n, { timestamp, arrival }] of stream(30_000, { ppm, jitter: 160 }).entries()) {
    const { at, anchored } = timeline.place(rtpTicks(timestamp), arrival, 160);
    expect(anchored).toBe(n === 0);
    const spoken = 10_000 + (n * 160) / (1 + ppm / 1e6);
    if (n > 1000) worst = Math.max(worst, Math.abs(at - spoken));
  }
  expect(worst).toBeLessThan(200);
});

test('lost packets leave a gap of their length, reordered ones fall into their place', () => {
  const packets = stream(20);
  const timeline = new Timeline();
  const at = new Map<number, number>();
  for (const n of [0, 1, 2, 6, 5, 7, 8, 8, 12]) {
    const packet = packets[n]!;
    at.set(n, timeline.place(rtpTicks(packet.timestamp), packets[n === 5 ? 6 : n]!.arrival, 160).at);
  }
  for (const [n, position] of at) expect(position - (at.get(0) ?? 0)).toBe(n * 160);
});

test('a jump of the clock is placed by its arrival, never over what is there', () => {
  const timeline = new Timeline();
  const packets = stream(10);
  for (const { timestamp, arrival } of packets) timeline.place(rtpTicks(timestamp), arrival, 160);
  const jumped = timeline.place(rtpTicks(123_456), 10_000 + 11 * 160 + 7, 160);
  expect(jumped).toMatchObject({ at: 10_000 + 10 * 160 + 7, anchored: true });
  const backward = timeline.place(rtpTicks(5), 10_000, 160);
  expect(backward).toMatchObject({ at: 10_000 + 11 * 160 + 7, anchored: true });
});

/** Ten packets, then packets 20 ms apart that come `late` samples later; where each of these lies, less where it was heard. */
function lateBy(late: number, count: number, anew = false): number[] {
  const timeline = new Timeline();
  const packets = stream(10 + count);
  return packets.flatMap(({ timestamp, arrival }, n) => {
    const at = n < 10 ? arrival : arrival + late;
    const placed = timeline.place(rtpTicks(timestamp), at, 160, anew && n === 10);
    return n < 10 ? [] : [placed.at + 160 - at];
  });
}

test.each([1_600, 4_800, 16_000, 79_000])(
  'a stream that is %i samples later from now on is moved up to now within 120 ms, at once where it says that it begins anew',
  (late) => {
    const places = lateBy(late, 20);
    expect(places.slice(0, 5)).toEqual(Array(5).fill(-late));
    expect(places.slice(6)).toEqual(Array(14).fill(0));
    expect(lateBy(late, 20, true)).toEqual(Array(20).fill(0));
  },
);

test('a sender whose clock stood still for more than 10 s is anchored at once, for 18 s as well', () => {
  expect(lateBy(88_000, 3)).toEqual([0, 0, 0]);
  expect(lateBy(144_000, 3)).toEqual([0, 0, 0]);
});

test('a stream that is placed anew by more than 200 ms is told once, by how much; a burst, a pause and less are not', () => {
  const told = (late: (n: number, arrival: number) => number, anew = false): number[] => {
    const timeline = new Timeline();
    return stream(300).flatMap(({ timestamp, arrival }, n) => {
      const { skew } = timeline.place(rtpTicks(timestamp), late(n, arrival), 160, anew && n === 100, () => true);
      return skew === 0 ? [] : [skew];
    });
  };
  const from = (by: number) => (n: number, arrival: number) => (n < 100 ? arrival : arrival + by);
  expect(told(from(144_000))).toEqual([144_000]); // 18 s
  expect(told(from(4_000))).toEqual([4_000]);
  expect(told(from(1_500))).toEqual([]);
  expect(told(from(4_000), true)).toEqual([]);
  expect(told((n, arrival) => (n < 100 ? arrival : Math.max(arrival, 10_000 + 400 * 160)))).toEqual([]);
  // the first one was long under way; and so was, later, the first one behind a pause
  expect(told((n, arrival) => (n === 0 ? arrival + 3_200 : arrival))).toEqual([-3_200]);
  const longUnderWay = new Map([
    [0, 3_200],
    [100, 3_900],
  ]);
  expect(told((n, arrival) => arrival + (longUnderWay.get(n) ?? 0), true)).toEqual([-3_200, -3_900]);
});

/** One that is ahead because its first packet was late: what it overlaps itself by in each packet, and where it lies beside its time after 9 s. */
function ahead(late: number, quiet: (n: number) => boolean) {
  const timeline = new Timeline();
  const corrections: number[] = [];
  let end = Number.NaN;
  let lead = Number.NaN;
  for (const [n, { timestamp, arrival }] of stream(450, { jitter: 80 }).entries()) {
    const arrived = n === 0 ? arrival + late : arrival;
    const placed = timeline.place(rtpTicks(timestamp), arrived, 160, false, () => quiet(n));
    expect(placed.ahead).toBe(false);
    if (n > 0) expect(placed.at - end).toBe(placed.correction);
    corrections.push(placed.correction);
    end = placed.at + 160;
    lead = placed.at - (10_000 + n * 160);
  }
  return { corrections, lead };
}

test('a stream that is ahead because its first packet was late is within 100 ms of its time after 9 s in half of which nobody speaks, without losing a packet', () => {
  for (const late of [1_600, 3_200, 3_900])
    expect(Math.abs(ahead(late, (n) => n % 2 === 0).lead)).toBeLessThanOrEqual(800);
});

test('what is said, or a tone, is cut by one sample a packet at most however far ahead it is', () => {
  for (const late of [1_600, 3_200, 3_900]) {
    const { corrections } = ahead(late, (n) => n >= 300);
    expect(Math.max(...corrections.slice(0, 300).map(Math.abs))).toBe(1);
    expect(Math.min(...corrections.slice(300))).toBe(-16);
  }
});

test.each([2_400, 5_600, 16_000, 79_000])(
  'a burst after a stall of %i samples keeps its place, and so does what follows',
  (stall) => {
    const timeline = new Timeline();
    for (const [n, { timestamp, arrival }] of stream(1_000).entries()) {
      const arrived = n > 10 ? Math.max(arrival, 10_000 + 11 * 160 + stall) : arrival;
      expect(timeline.place(rtpTicks(timestamp), arrived, 160)).toMatchObject({ at: arrival - 160, anchored: n === 0 });
    }
  },
);

test('a burst of a new clock is at most 600 ms ahead of ours, and nothing after it is dropped for more than 20 ms', () => {
  const timeline = new Timeline();
  let dropped = 0;
  for (const [n, { timestamp, arrival }] of stream(400).entries()) {
    const arrived = Math.max(arrival, 10_000 + 200 * 160);
    const { at, ahead } = timeline.place(rtpTicks(timestamp), arrived, 160);
    if (!ahead) expect(at - (arrived - 160)).toBeLessThanOrEqual(4_800);
    else if (n > 200) dropped++;
  }
  expect(dropped).toBeLessThanOrEqual(1);
});

test('a stream that lies ahead of the clock is moved back in its next gap', () => {
  const timeline = new Timeline();
  const packets = stream(600);
  let at = 0;
  for (const [n, { timestamp, arrival }] of packets.entries())
    if (n < 300 || n > 350) at = timeline.place(rtpTicks(timestamp), n === 0 ? arrival + 3_200 : arrival, 160).at;
  expect(at).toBe(packets.at(-1)!.arrival - 160);
});

test('whatever comes, positions are whole numbers, at most 600 ms ahead of their arrival and 10 s behind it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(0xffffffff), fc.nat(2000), fc.boolean()), { maxLength: 100 }), (packets) => {
      const timeline = new Timeline();
      let now = 0;
      for (const [timestamp, passed, anew] of packets) {
        now += passed;
        const { at, ahead } = timeline.place(rtpTicks(timestamp), now, 160, anew);
        if (ahead) continue;
        expect(Number.isInteger(at)).toBe(true);
        expect(at).toBeGreaterThanOrEqual(now - 160 - 80_001);
        expect(at).toBeLessThanOrEqual(now - 160 + 4_801);
      }
    }),
  );
});
