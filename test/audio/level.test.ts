import { expect, test } from 'vitest';
import { powerAt, shareAt } from '../../src/audio/goertzel.ts';
import { fromDbfs, levelDbfs, rms, toDbfs } from '../../src/audio/level.ts';
import { applyGain, mixInto } from '../../src/audio/mixer.ts';
import { dtmfFrequencies, dtmfTone, tone } from '../../src/audio/tone.ts';

test('levels in dBFS', () => {
  expect(levelDbfs(tone([1000], 8000, { amplitude: 32_767 }))).toBeCloseTo(-3.01, 1);
  expect(levelDbfs(new Int16Array(160))).toBe(-120);
  expect(rms(new Int16Array(0))).toBe(0);
  expect(toDbfs(fromDbfs(-27))).toBeCloseTo(-27);
});

test('Goertzel finds a tone where it is, and only there', () => {
  const heard = tone([1000], 800, { amplitude: 8000 });
  expect(powerAt(heard, 1000)).toBeCloseTo(8000 ** 2 / 2, -5);
  expect(shareAt(heard, 1000)).toBeCloseTo(1, 2);
  expect(shareAt(heard, 1200)).toBeLessThan(0.001);
  expect(shareAt(new Int16Array(80), 1000)).toBe(0);
  expect(powerAt(new Int16Array(0), 1000)).toBe(0);
});

test('tones join without a seam', () => {
  const whole = tone([440, 480], 320);
  expect(tone([440, 480], 160, { from: 160 })).toEqual(whole.subarray(160));
  expect(dtmfFrequencies('#')).toEqual([941, 1477]);
  expect(dtmfFrequencies('D')).toEqual([941, 1633]);
  expect([dtmfFrequencies('x'), dtmfFrequencies(''), dtmfFrequencies('12')]).toEqual([undefined, undefined, undefined]);
  expect(rms(dtmfTone('x', 80))).toBe(0);
});

test('mixing and gain saturate', () => {
  const into = Int16Array.of(30_000, -30_000, 5, 7);
  mixInto(into, Int16Array.of(10_000, -10_000, 10), 0.5);
  expect(into).toEqual(Int16Array.of(32_767, -32_768, 10, 7));
  applyGain(into, 2);
  expect(into).toEqual(Int16Array.of(32_767, -32_768, 20, 14));
});
