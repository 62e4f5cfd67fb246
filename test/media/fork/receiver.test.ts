import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { legSample } from '../../../src/domain/units.ts';
import { ForkReceiver } from '../../../src/media/freeswitch/fork-receiver.ts';

interface Placed {
  readonly at: number;
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/** A reception on a clock in milliseconds, and what it has placed. */
class Bench {
  now = 1_000;
  readonly placed: Placed[] = [];
  readonly corrections: number[] = [];
  readonly reception = new ForkReceiver(
    () => legSample(this.now * 8),
    ({ at, left, right, repeatBefore }) => {
      const before = this.placed.at(-1);
      const overlap = before === undefined ? 0 : Math.max(0, before.at + before.left.length - at);
      this.placed.push({ at, left: [...left], right: [...right] });
      if (repeatBefore + overlap > 0) this.corrections.push(repeatBefore - overlap);
    },
  );

  tick(until: number): void {
    while (this.now + 20 <= until) {
      this.now += 20;
      this.reception.tick();
    }
    this.now = until;
  }

  /** Sample by position; checks that nothing is told twice, corrections of drift aside. */
  track(channel: 'left' | 'right'): Map<number, number> {
    const track = new Map<number, number>();
    for (const one of this.placed) for (const [i, sample] of one[channel].entries()) track.set(one.at + i, sample);
    return track;
  }
}

const left = (n: number): number => ((n * 7) % 30_000) + 1;
const right = (n: number): number => -(((n * 11) % 30_000) + 2);

/** Frames `from`… of a stream whose samples tell their number. */
function bytes(from: number, count: number): Uint8Array {
  const out = Buffer.alloc(count * 4);
  for (let i = 0; i < count; i++) {
    out.writeInt16LE(left(from + i), i * 4);
    out.writeInt16LE(right(from + i), i * 4 + 2);
  }
  return out;
}

/** Sends frames of 20 ms in real time. */
function stream(bench: Bench, from: number, frames: number): number {
  for (let i = 0; i < frames; i++) {
    bench.tick(bench.now + 20);
    bench.reception.receive(bytes(from + i * 160, 160));
  }
  return from + frames * 160;
}

const settle = (bench: Bench): void => {
  bench.tick(bench.now + 80);
  bench.reception.flush();
};

test('frames lie where they were said: the least late one tells', () => {
  const bench = new Bench();
  stream(bench, 0, 50);
  settle(bench);
  expect(bench.placed).toHaveLength(50);
  expect(bench.placed[0]?.at).toBe(1_000 * 8);
  for (const [i, { at }] of bench.placed.entries()) expect(at).toBe(8_000 + i * 160);
  expect(bench.placed[3]?.left).toEqual(Array.from({ length: 160 }, (_, i) => left(480 + i)));
  expect(bench.placed[3]?.right).toEqual(Array.from({ length: 160 }, (_, i) => right(480 + i)));
});

test('however the bytes are cut and joined, the tracks are the same', () => {
  const whole = new Bench();
  whole.reception.receive(bytes(0, 4_000));
  settle(whole);
  assert(
    property(array(integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 200 }), (sizes) => {
      const bench = new Bench();
      const all = bytes(0, 4_000);
      for (let at = 0, i = 0; at < all.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        bench.reception.receive(all.subarray(at, at + size));
        at += size;
      }
      settle(bench);
      expect(bench.track('left')).toEqual(whole.track('left'));
      expect(bench.track('right')).toEqual(whole.track('right'));
    }),
    { numRuns: 100 },
  );
  expect(whole.track('left').size).toBe(4_000);
});

test('a burst after a stall shifts nothing, however long the stall', () => {
  for (const frames of [3, 20, 40, 100, 450]) {
    const bench = new Bench();
    const next = stream(bench, 0, 50);
    bench.tick(bench.now + frames * 20);
    for (let i = 0; i < frames; i++) bench.reception.receive(bytes(next + i * 160, 160));
    stream(bench, next + frames * 160, 50);
    settle(bench);
    expect(bench.placed).toHaveLength(100 + frames);
    for (const [i, { at }] of bench.placed.entries()) expect(at).toBe(8_000 + i * 160);
  }
});

test('a burst in two pieces, or one that goes on in frames, shifts nothing', () => {
  const bench = new Bench();
  let next = stream(bench, 0, 50);
  bench.tick(bench.now + 1_000);
  for (let i = 0; i < 20; i++, next += 160) bench.reception.receive(bytes(next, 160));
  bench.tick(bench.now + 40);
  for (let i = 0; i < 32; i++, next += 160) bench.reception.receive(bytes(next, 160));
  next = stream(bench, next, 20);
  settle(bench);
  for (const [i, { at }] of bench.placed.entries()) expect(at).toBe(8_000 + i * 160);
  expect(bench.placed).toHaveLength(122);
});

test('a stall in jerks is no pause', () => {
  const bench = new Bench();
  let next = stream(bench, 0, 50);
  bench.tick(bench.now + 1_000);
  for (let jerk = 0; jerk < 3; jerk++) {
    for (let i = 0; i < 2; i++, next += 160) bench.reception.receive(bytes(next, 160));
    bench.tick(bench.now + 300);
  }
  for (let i = 0; i < 89; i++, next += 160) bench.reception.receive(bytes(next, 160));
  next = stream(bench, next, 20);
  settle(bench);
  expect(bench.placed).toHaveLength(165);
  for (const [i, { at }] of bench.placed.entries()) expect(at).toBe(8_000 + i * 160);
});

test('a stream that stood still goes on where the clock is', () => {
  for (const pause of [400, 3_700, 60_000]) {
    const bench = new Bench();
    const next = stream(bench, 0, 50);
    if (pause > 1_000) bench.reception.pause();
    bench.tick(bench.now + pause);
    stream(bench, next, 50);
    settle(bench);
    expect(bench.placed).toHaveLength(100);
    expect(bench.placed[50]?.at).toBe(8_000 + 50 * 160 + pause * 8);
    expect(bench.placed[99]?.at).toBe(8_000 + 99 * 160 + pause * 8);
  }
});

test('after a hold a few frames are enough, and no sample is torn by it', () => {
  const bench = new Bench();
  const next = stream(bench, 0, 50);
  const cut = bytes(next, 4);
  bench.reception.receive(cut.subarray(0, 7));
  bench.reception.pause();
  bench.tick(bench.now + 5_000);
  bench.reception.receive(cut.subarray(7));
  bench.reception.receive(bytes(next + 4, 317));
  bench.tick(bench.now + 500);
  bench.reception.flush();
  const track = bench.track('right');
  expect(track.get(8_000 + 8_000)).toBe(right(next));
  expect([...track.values()].slice(8_001)).toEqual(Array.from({ length: 320 }, (_, i) => right(next + 1 + i)));
  const resumed = Math.min(...[...track.keys()].filter((at) => at > 20_000));
  expect(Math.abs(resumed - (8_000 + 8_000 + 40_000))).toBeLessThanOrEqual(320);
});

test('a new connection begins anew, behind what there is, without half a sample of the old one', () => {
  const bench = new Bench();
  stream(bench, 0, 10);
  bench.reception.receive(bytes(1_600, 33).subarray(0, 130));
  bench.tick(bench.now + 500);
  bench.reception.begin();
  stream(bench, 50_000, 10);
  settle(bench);
  const track = bench.track('left');
  const second = 8_000 + (200 + 500) * 8;
  expect(track.get(second)).toBe(left(50_000));
  expect(track.size).toBe(1_600 + 32 + 1_600);
});

test('drift between the clocks is taken out a sample at a time', () => {
  for (const ppm of [-200, 200]) {
    const bench = new Bench();
    const frames = 6_000;
    for (let i = 1; i <= frames; i++) {
      bench.now = 1_000 + i * 20 * (1 + ppm / 1e6);
      bench.reception.receive(bytes(i * 160, 160));
    }
    const last = bench.placed.at(-1)?.at ?? 0;
    expect(Math.abs(last + 160 - bench.now * 8)).toBeLessThan(20);
    expect(new Set(bench.corrections)).toEqual(new Set([Math.sign(ppm)]));
    expect(bench.placed).toHaveLength(frames);
  }
});

test('more than real time is dropped and counted', () => {
  const bench = new Bench();
  stream(bench, 0, 10);
  bench.reception.receive(bytes(0, 80_000));
  settle(bench);
  expect(bench.reception.dropped).toBeGreaterThan(450);
  const last = bench.placed.at(-1)?.at ?? 0;
  expect(last).toBeLessThan(bench.now * 8 + 4_800);
});

test('silence without RTP is told from sound', () => {
  const told: [boolean, boolean][] = [];
  const reception = new ForkReceiver(
    () => legSample(0),
    ({ leftSounds, rightSounds }) => told.push([leftSounds, rightSounds]),
  );
  const frame = (l: number, r: number): Uint8Array => {
    const out = Buffer.alloc(640);
    for (let i = 0; i < 160; i++) {
      out.writeInt16LE(l, i * 4);
      out.writeInt16LE(r, i * 4 + 2);
    }
    return out;
  };
  for (const [l, r] of [
    [0, 0],
    [-1, 0],
    [8, 0],
    [0, -8],
  ])
    reception.receive(frame(l ?? 0, r ?? 0));
  reception.flush();
  expect(told).toEqual([
    [false, false],
    [false, false],
    [true, false],
    [false, true],
  ]);
});
