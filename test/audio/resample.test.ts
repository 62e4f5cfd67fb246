import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { powerAt } from '../../src/audio/goertzel.ts';
import { levelDbfs } from '../../src/audio/level.ts';
import { resampleTo8k, StreamResampler } from '../../src/audio/resample.ts';
import { tone } from '../../src/audio/tone.ts';

const RATES = [11_025, 16_000, 22_050, 24_000, 44_100, 48_000];
const middle = (samples: Int16Array): Int16Array => samples.subarray(400, samples.length - 400);
const decibels = (ratio: number): number => 10 * Math.log10(ratio);

for (const rate of RATES) {
  test(`${rate} Hz: the telephone's band passes unchanged`, () => {
    for (const hz of [50, 300, 1000, 2000, 3000, 3400]) {
      const heard = resampleTo8k(tone([hz], rate, { rate }), rate);
      expect(heard.length).toBe(8000);
      expect(Math.abs(decibels(powerAt(middle(heard), hz) / (8000 ** 2 / 2)))).toBeLessThan(0.1);
    }
  });

  test(`${rate} Hz: what would fold back is gone`, () => {
    for (const hz of [4010, 4600, 5000, 5400].filter((hz) => hz < rate / 2)) {
      const heard = resampleTo8k(tone([hz], rate, { rate, amplitude: 16_000 }), rate);
      expect(levelDbfs(middle(heard))).toBeLessThan(-70);
    }
  });

  test(`${rate} Hz: no delay`, () => {
    const heard = resampleTo8k(tone([440], rate, { rate }), rate);
    const expected = tone([440], 8000);
    for (let i = 400; i < 7600; i++) expect(Math.abs((heard[i] ?? 0) - (expected[i] ?? 0))).toBeLessThan(20);
  });

  test(`${rate} Hz: pieces of any size give what the whole gives`, () => {
    const input = tone([440, 1234], 3000, { rate });
    const whole = resampleTo8k(input, rate);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 12 }), (sizes) => {
        const resampler = new StreamResampler(rate);
        const out: number[] = [];
        let at = 0;
        for (const size of [...sizes, 3000]) {
          out.push(...resampler.push(input.subarray(at, Math.min(3000, at + size))));
          at = Math.min(3000, at + size);
        }
        out.push(...resampler.flush());
        expect(Int16Array.from(out)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });
}

test('length is rounded up, short and empty input included', () => {
  for (const rate of RATES)
    for (const count of [0, 1, 2, 3, 100, 1001])
      expect(resampleTo8k(new Int16Array(count), rate).length).toBe(Math.ceil((count * 8000) / rate));
});

test('8000 Hz goes through as it is; rates that cannot be are refused', () => {
  const samples = tone([440], 100);
  expect(resampleTo8k(samples, 8000)).toEqual(samples);
  for (const rate of [0, -1, 7999, Number.NaN, 16_000.5, 1e9])
    expect(() => resampleTo8k(samples, rate)).toThrow(expect.objectContaining({ code: 'AUDIO_MALFORMED' }));
});

test.each([
  [8_000, 16_000],
  [8_000, 48_000],
  [16_000, 8_000],
  [48_000, 8_000],
])('a live stream from %i to %i Hz waits for nothing, and is late by less than 4 ms', (from, to) => {
  const resampler = new StreamResampler(from, { to, live: true });
  const frame = from / 50;
  const input = tone([440], from, { rate: from });
  const out: number[] = [];
  for (let at = 0; at < input.length; at += frame) {
    const piece = resampler.push(input.subarray(at, at + frame));
    expect(piece.length).toBe(to / 50);
    out.push(...piece);
  }
  const expected = tone([440], to, { rate: to });
  const middle = to / 2;
  const off = (late: number): number =>
    Math.max(
      ...Array.from({ length: to / 100 }, (_, i) =>
        Math.abs((out[middle + i + late] ?? 0) - (expected[middle + i] ?? 0)),
      ),
    );
  const delays = Array.from({ length: Math.ceil(to * 0.004) }, (_, late) => off(late));
  // the delay may lie between two samples
  expect(Math.min(...delays)).toBeLessThan(60 + (8_000 * 2 * Math.PI * 440) / to / 2);
});
