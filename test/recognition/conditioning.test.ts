import { expect, test } from 'vitest';
import { conditionUtterance } from '../../src/speech/engines/moonshine/condition-utterance.ts';

const RATE = 8000;
const tone = (seconds: number, peak: number): Int16Array =>
  Int16Array.from({ length: Math.round(seconds * RATE) }, (_, at) => peak * Math.sin((2 * Math.PI * 440 * at) / RATE));
const silence = (seconds: number): Int16Array => new Int16Array(Math.round(seconds * RATE));
const joined = (...parts: Int16Array[]): Int16Array => Int16Array.from(parts.flatMap((part) => [...part]));
const rms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

test('long silences around speech are cut to a margin', () => {
  const { audio, seconds, spokenSeconds } = conditionUtterance(joined(silence(2), tone(1.5, 8000), silence(3)));
  expect(audio.length).toBe(seconds * 2 * RATE);
  expect(seconds).toBeGreaterThan(1.5 + 0.4);
  expect(seconds).toBeLessThan(1.5 + 1.2);
  expect(spokenSeconds).toBeCloseTo(1.5, 1);
});

test('a short word gets quiet around it, at least a second in all', () => {
  expect(conditionUtterance(tone(0.3, 8000)).seconds).toBe(1);
  expect(conditionUtterance(new Int16Array(0)).seconds).toBe(1);
});

test('quiet and loud speakers come out alike, never beyond full scale', () => {
  const level = (peak: number): number => {
    const { audio, seconds, spokenSeconds } = conditionUtterance(tone(2, peak));
    expect(audio.every((sample) => Math.abs(sample) <= 1.2)).toBe(true);
    return rms(audio) * Math.sqrt(seconds / spokenSeconds);
  };
  const [quiet, usual, loud] = [level(400), level(4000), level(32_000)];
  expect(quiet / usual).toBeCloseTo(1, 1);
  expect(loud / usual).toBeCloseTo(1, 1);
});

test('silence is not raised to a roar', () => {
  const hiss = Int16Array.from({ length: 2 * RATE }, (_, at) => (at % 3) - 1);
  expect(rms(conditionUtterance(hiss).audio)).toBeLessThan(0.001);
  expect(rms(conditionUtterance(silence(2)).audio)).toBe(0);
});

test('speech in steady noise is kept whole', () => {
  const noisy = tone(3, 3000).map((sample, at) => sample + ((at * 7919) % 601) - 300);
  expect(conditionUtterance(noisy).seconds).toBeGreaterThanOrEqual(3);
});
