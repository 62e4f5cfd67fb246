import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findStretches, msOf, type Stretch } from '../../../src/archive/recognition/speech-stretches.ts';

/** Noise at some −66 dBFS, and a tone where somebody speaks. */
function channel(seconds: number, spoken: readonly (readonly [from: number, to: number])[]): Int16Array {
  return Int16Array.from({ length: seconds * 8_000 }, (_, n) => {
    const noise = ((n * 7_919) % 31) - 15;
    const loud = spoken.some(([from, to]) => n >= from * 8_000 && n < to * 8_000);
    return noise + (loud ? Math.round(4_000 * Math.sin(n / 3)) : 0);
  });
}
function stretchesIn(samples: Int16Array, block = 4_096): readonly Stretch[] {
  const finder = findStretches();
  const found: Stretch[] = [];
  for (let from = 0; from < samples.length; from += block)
    found.push(...finder.push(samples.slice(from, from + block)));
  return [...found, ...finder.end()];
}
const placesOf = (found: readonly Stretch[]) =>
  found.map(({ from, samples }) => [msOf(from), msOf(from + samples.length)] as const);

test('each time that somebody speaks is one stretch, with a little of what stands around it', () => {
  const found = placesOf(
    stretchesIn(
      channel(20, [
        [2, 4],
        [4.3, 6],
        [9, 9.5],
        [15, 15.1],
      ]),
    ),
  );
  expect(found).toHaveLength(2); // a pause within a sentence parts nothing; a click is no speech
  for (const [n, [from, to]] of [
    [0, [2_000, 6_000]],
    [1, [9_000, 9_500]],
  ] as const) {
    expect(found[n]![0]).toBeGreaterThan(from - 320);
    expect(found[n]![0]).toBeLessThanOrEqual(from);
    expect(found[n]![1]).toBeGreaterThanOrEqual(to);
    expect(found[n]![1]).toBeLessThan(to + 320);
  }
});

test('whoever speaks on and on is parted, before a recognizer hears too much at once', () => {
  const found = stretchesIn(channel(80, [[1, 79]]));
  expect(found.length).toBeGreaterThan(3);
  for (const { samples } of found) expect(samples.length / 8_000).toBeLessThanOrEqual(25);
  expect(found.reduce((sum, { samples }) => sum + samples.length, 0) / 8_000).toBeGreaterThan(77);
});

test('noise alone, silence alone, and nothing are nobody', () => {
  expect(stretchesIn(channel(10, []))).toEqual([]);
  expect(stretchesIn(new Int16Array(80_000))).toEqual([]);
  expect(stretchesIn(new Int16Array(0))).toEqual([]);
});

test('stretches are in order, do not overlap, and are the samples of the channel, however it comes in blocks', () => {
  const turns = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })), { maxLength: 6 });
  fc.assert(
    fc.property(turns, fc.integer({ min: 1, max: 9_000 }), (pauses, block) => {
      let at = 0;
      const spoken = pauses.map(([pause, talk]) => {
        const from = at + pause / 10;
        at = from + talk / 10;
        return [from, at] as const;
      });
      const samples = channel(Math.ceil(at) + 1, spoken);
      const found = stretchesIn(samples, block);
      expect(placesOf(found)).toEqual(placesOf(stretchesIn(samples)));
      let before = 0;
      for (const stretch of found) {
        expect(stretch.from).toBeGreaterThanOrEqual(before);
        expect(
          Buffer.from(stretch.samples.buffer).equals(
            Buffer.from(samples.slice(stretch.from, stretch.from + stretch.samples.length).buffer),
          ),
        ).toBe(true);
        before = stretch.from + stretch.samples.length;
      }
    }),
    { numRuns: 25 },
  );
});
