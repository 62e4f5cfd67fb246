import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { JitterBuffer, type JitterBufferOptions } from '../../src/rtp/jitter-buffer.ts';
import { noise } from '../support/noise.ts';

/** Pieces are told from each other, and from silence, by the value of their samples: their number and one. */
const SILENCE = -1;

interface Packet {
  /** When it arrives, ms. */
  readonly at: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly samples: Int16Array;
  readonly ssrc?: number;
}

/** Every 10 ms (80 samples) of the stream carries its own number, 0…249, so that what is played can be told. */
function packetAt(n: number, packetMs: number, options: { at?: number; clock?: number; ssrc?: number } = {}): Packet {
  const length = packetMs * 8;
  const first = n * length;
  return {
    at: options.at ?? n * packetMs,
    sequence: (65_530 + n) & 0xffff,
    timestamp: (0xffffff00 + (options.clock ?? 0) + first) >>> 0,
    samples: Int16Array.from({ length }, (_, i) => (Math.floor((first + i) / 80) % 250) + 1),
    ...(options.ssrc === undefined ? {} : { ssrc: options.ssrc }),
  };
}

interface Played {
  /** Numbers of the 10 ms pieces, in the order heard; 255 where nothing came. */
  readonly pieces: readonly number[];
  readonly buffer: JitterBuffer;
}

/** Plays ticks at 20 ms, starting at 5 ms, taking in whatever has arrived. */
function play(packets: readonly Packet[], ticks: number, options: Partial<JitterBufferOptions> = {}): Played {
  const buffer = new JitterBuffer(options);
  const arriving = [...packets].sort((a, b) => a.at - b.at);
  const pieces: number[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    for (let next = arriving[0]; next !== undefined && next.at <= tick * 20 + 5; next = arriving[0]) {
      buffer.put(next.sequence, next.timestamp, next.samples, next.ssrc);
      arriving.shift();
    }
    const { samples } = buffer.take();
    pieces.push((samples[0] ?? 0) - 1, (samples[80] ?? 0) - 1);
  }
  return { pieces, buffer };
}

const audible = (pieces: readonly number[]): number[] => pieces.filter((piece) => piece !== SILENCE);
const counting = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => (from + i) % 250);

test.each([10, 20, 30, 40, 60])('packets of %i ms play whole and in order after the initial delay', (packetMs) => {
  const count = 600 / packetMs;
  const { pieces, buffer } = play(
    Array.from({ length: count }, (_, n) => packetAt(n, packetMs)),
    60,
  );
  expect(audible(pieces)).toEqual(counting(0, 60));
  expect(pieces.indexOf(0)).toBe(4);
  expect(buffer.counts).toEqual({ late: 0, duplicate: 0, invalid: 0, skipped: 0, overflowed: 0, resynchronised: 0 });
});

test('reordered within the delay and duplicated: nobody hears it', () => {
  const packets = Array.from({ length: 40 }, (_, n) => packetAt(n, 20, { at: n * 20 + (n % 3 === 0 ? 25 : 0) }));
  const { pieces, buffer } = play([...packets, ...packets], 50, { initialMs: 60 });
  expect(audible(pieces)).toEqual(counting(0, 80));
  // a copy that comes after its turn counts as late, one that comes before as a duplicate
  expect(buffer.counts.duplicate + buffer.counts.late).toBe(40);
});

test('a lost packet is one missing frame, and the rest keeps its place', () => {
  const packets = Array.from({ length: 20 }, (_, n) => packetAt(n, 20)).filter((_, n) => n !== 7);
  const { pieces } = play(packets, 30);
  expect(pieces.slice(4, 44)).toEqual(counting(0, 40).map((piece) => (piece === 14 || piece === 15 ? SILENCE : piece)));
});

test('frames that came in part say how much, the hole is silence', () => {
  const buffer = new JitterBuffer({ initialMs: 20 });
  const { sequence, timestamp, samples } = packetAt(0, 30);
  buffer.put(sequence, timestamp, samples);
  expect(
    Array.from({ length: 4 }, () => ({ ...buffer.take() })).map(({ present, missing }) => [present, missing]),
  ).toEqual([
    [0, 1],
    [160, 0],
    [80, 0],
    [0, 1],
  ]);
});

test('late packets push the stream back: after the first shock nothing is lost', () => {
  // from packet 20 on the path takes 60 ms longer
  const packets = Array.from({ length: 60 }, (_, n) => packetAt(n, 20, { at: n * 20 + (n >= 20 ? 60 : 0) }));
  const { pieces, buffer } = play(packets, 80);
  expect(audible(pieces)).toEqual(counting(0, 120));
  expect(buffer.counts.late).toBe(0);
});

test('when the path calms down the delay shrinks again, preferably in quiet frames', () => {
  const packets = Array.from({ length: 800 }, (_, n) =>
    packetAt(n, 20, { at: n * 20 + (n >= 20 && n < 100 ? 100 : 0) }),
  );
  const loud = new Set<number>();
  const { buffer } = play(packets, 800, {
    quiet: ([first = 0]) => (first - 1) % 50 < 4 || (loud.add(first), false),
  });
  expect(buffer.depthMs).toBeLessThanOrEqual(60);
  expect(buffer.counts.skipped).toBeGreaterThanOrEqual(2);
  expect(loud.size).toBeGreaterThan(0);
});

test('a fast and a slow sender: the delay stays bounded', () => {
  for (const interval of [19.9, 20.1]) {
    const packets = Array.from({ length: 3000 }, (_, n) => packetAt(n, 20, { at: n * interval }));
    const { buffer, pieces } = play(packets, Math.floor((3000 * interval) / 20) - 3);
    expect(buffer.depthMs).toBeLessThanOrEqual(80);
    // 0.5 % of 60 s is 15 frames; hardly more is lost or repeated
    expect(audible(pieces).length).toBeGreaterThan(5900);
  }
});

test('silence suppression: after a gap the talk goes on at once, at the initial delay', () => {
  const first = Array.from({ length: 10 }, (_, n) => packetAt(n, 20));
  const second = Array.from({ length: 10 }, (_, n) => ({ ...packetAt(n + 50, 20), sequence: (65_540 + n) & 0xffff }));
  const { pieces, buffer } = play([...first, ...second], 75);
  expect(audible(pieces)).toEqual([...counting(0, 20), ...counting(100, 20)]);
  expect(pieces.indexOf(100)).toBe(104);
  expect(buffer.counts.resynchronised).toBe(0);
});

test('a clock that stood still during silence, jumped ahead or back, and a new source', () => {
  for (const [clock, ssrc] of [
    [-8000, 1],
    [400_000, 1],
    [-400_000, 1],
    [0x7fffffff, 1],
    [123, 2],
  ] as const) {
    const first = Array.from({ length: 20 }, (_, n) => packetAt(n, 20, { ssrc: 1 }));
    const second = Array.from({ length: 20 }, (_, n) => packetAt(n + 20, 20, { clock, ssrc }));
    const { pieces, buffer } = play([...first, ...second], 50);
    const heard = audible(pieces);
    expect(heard.slice(0, 40)).toEqual(counting(0, 40));
    expect(heard.slice(-36)).toEqual(counting(44, 36));
    expect(buffer.counts.resynchronised).toBe(1);
  }
});

test('a burst after the network froze: the delay stays within bounds, the newest is kept', () => {
  const packets = Array.from({ length: 100 }, (_, n) => packetAt(n, 20, { at: n >= 20 && n < 60 ? 1200 : n * 20 }));
  const { pieces, buffer } = play(packets, 110, { maxMs: 200 });
  expect(audible(pieces).slice(-40)).toEqual(counting(160, 40));
  expect(buffer.counts.overflowed).toBeGreaterThan(0);
  expect(buffer.depthMs).toBe(0);
});

test('random jitter below the limit loses little once the delay has grown to it', () => {
  const late = noise(1000, 60, 5);
  const packets = Array.from({ length: 1000 }, (_, n) => packetAt(n, 20, { at: n * 20 + Math.abs(late[n] ?? 0) }));
  const { pieces } = play(packets, 1010);
  expect(audible(pieces).length).toBeGreaterThan(1960);
});

test('empty and over-long packets are refused and counted', () => {
  const buffer = new JitterBuffer();
  buffer.put(1, 0, new Int16Array(0));
  buffer.put(2, 0, new Int16Array(1601));
  expect(buffer.counts.invalid).toBe(2);
  expect(buffer.take()).toMatchObject({ present: 0, missing: 1 });
});

test('whatever comes, frames are whole and the depth is bounded', () => {
  const packet = fc.tuple(
    fc.nat(0xffff),
    fc.oneof(fc.nat(0xffffffff), fc.nat(20_000)),
    fc.nat(1700),
    fc.nat(1),
    fc.nat(4),
  );
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 150 }), (packets) => {
      const buffer = new JitterBuffer({ maxMs: 200 });
      for (const [sequence, timestamp, length, ssrc, ticks] of packets) {
        buffer.put(sequence, timestamp, new Int16Array(length).fill(1), ssrc);
        expect(buffer.depthMs).toBeLessThanOrEqual(400);
        for (let n = 0; n < ticks; n++) {
          const { present, samples } = buffer.take();
          expect(samples.length).toBe(160);
          expect(samples.filter((sample) => sample === 1).length).toBe(present);
        }
      }
    }),
  );
});
