import fc from 'fast-check';
import { expect, test } from 'vitest';
import { activeLevel } from '../../src/audio/active-level.ts';
import { levelDbfs } from '../../src/audio/level.ts';

const tone = (seconds: number, amplitude: number): Int16Array =>
  Int16Array.from({ length: seconds * 8000 }, (_, i) => amplitude * Math.sin(i * 0.8));
const joined = (...parts: Int16Array[]): Int16Array => Int16Array.from(parts.flatMap((part) => [...part]));

test('without pauses it is the RMS level', () => {
  const steady = tone(4, 3000);
  const { level, activity } = activeLevel(steady);
  expect(Math.abs(level - levelDbfs(steady))).toBeLessThan(0.2);
  expect(activity).toBeGreaterThan(0.97);
});

test('pauses do not count', () => {
  const speech = joined(
    new Int16Array(16_000),
    tone(2, 3000),
    new Int16Array(32_000),
    tone(2, 3000),
    new Int16Array(16_000),
  );
  const { level, activity } = activeLevel(speech);
  expect(Math.abs(level - levelDbfs(tone(2, 3000)))).toBeLessThan(0.8); // 200 ms after speech still count as speech
  expect(activity).toBeGreaterThan(0.3);
  expect(activity).toBeLessThan(0.4);
});

test('it follows the gain', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.05, max: 1, noNaN: true }), (gain) => {
      const speech = joined(tone(1, 8000), new Int16Array(6000), tone(1, 5000));
      const softer = speech.map((sample) => Math.round(sample * gain));
      const expected = activeLevel(speech).level + 20 * Math.log10(gain);
      expect(Math.abs(activeLevel(softer).level - expected)).toBeLessThan(0.3);
    }),
    { numRuns: 30 },
  );
});

test('silence has no level', () => {
  expect(activeLevel(new Int16Array(8000))).toEqual({ level: -120, activity: 0 });
  expect(activeLevel(new Int16Array(0))).toEqual({ level: -120, activity: 0 });
});
