import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TelephoneResampler } from '../../src/speech/telephone-resampler.ts';
import { SilenceTrimmer, trimSilence } from '../../src/speech/trim-silence.ts';
import { joined, rms, share, tone } from './support/audio.ts';

const resample = (samples: Int16Array, rate: number, pieces: readonly number[] = []): Int16Array => {
  const resampler = new TelephoneResampler(rate);
  const out: Int16Array[] = [];
  let at = 0;
  for (const piece of pieces) {
    out.push(resampler.push(samples.subarray(at, at + piece)));
    at += piece;
  }
  out.push(resampler.push(samples.subarray(at)), resampler.flush());
  return joined(out);
};

describe.each([8000, 16_000, 22_050, 24_000, 44_100, 48_000])('from %i Hz to 8 kHz', (rate) => {
  test('a tone of the telephone band keeps its pitch, level and length', () => {
    const out = resample(tone(1000, rate, 0.5), rate);
    expect(out.length).toBe(4000);
    const middle = out.subarray(400, 3600);
    expect(share(middle, 1000)).toBeGreaterThan(0.999);
    expect(rms(middle)).toBeCloseTo(10_000 / Math.SQRT2, -2);
  });

  test('nothing is delayed: a click stays where it was', () => {
    const click = new Int16Array(rate / 10);
    click[Math.round(rate / 20)] = 32_000;
    const out = resample(click, rate);
    const loudest = out.reduce((best, sample, i) => (Math.abs(sample) > Math.abs(out[best] ?? 0) ? i : best), 0);
    expect(loudest).toBe(400);
  });

  test('how the stream is cut makes no difference', () => {
    const whole = tone(440, rate, 0.05);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 8 }), (pieces) => {
        expect(resample(whole, rate, pieces)).toEqual(resample(whole, rate));
      }),
      { numRuns: 20 },
    );
  });
});

test('what lies above the telephone band does not fold back into it', () => {
  for (const [rate, hertz] of [
    [16_000, 5000],
    [22_050, 6000],
    [48_000, 7000],
  ] as const)
    expect(rms(resample(tone(hertz, rate, 0.5), rate).subarray(400, 3600))).toBeLessThan(20);
});

describe('silence around speech', () => {
  const speech = (before: number, voiced: number, after: number): Int16Array =>
    joined([new Int16Array(before), new Int16Array(voiced).fill(5000), new Int16Array(after)]);

  test('is cut, and the pause asked for is put after it', () => {
    const trimmed = trimSilence(speech(2000, 1000, 3000), 2400);
    expect(trimmed.length).toBe(80 + 1000 + 2400);
    expect(trimmed.subarray(80, 1080).every((sample) => sample === 5000)).toBe(true);
  });

  test('is added when there is too little', () => {
    expect(trimSilence(speech(0, 1000, 10), 800).length).toBe(1800);
  });

  test('nothing audible gives nothing, not a pause', () => {
    expect(trimSilence(new Int16Array(4000), 800).length).toBe(0);
  });

  test('pauses inside are kept, however the audio is cut', () => {
    const spoken = joined([speech(900, 500, 700), speech(0, 300, 1500)]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 8 }), (pieces) => {
        const trimmer = new SilenceTrimmer(400);
        const out: Int16Array[] = [];
        let at = 0;
        for (const piece of [...pieces, spoken.length]) {
          out.push(trimmer.push(spoken.subarray(at, at + piece)));
          at += piece;
        }
        expect(joined([...out, trimmer.end()])).toEqual(trimSilence(spoken, 400));
        expect(joined([...out, trimmer.end()]).length).toBe(80 + 500 + 700 + 300 + 400);
      }),
    );
  });
});
