import { expect, test } from 'vitest';
import { loudPart } from '../../src/speech/engines/whisper/loud-part.ts';
import { noise } from '../support/noise.ts';

const RATE = 8000;
const tone = (seconds: number, peak: number): Int16Array =>
  Int16Array.from({ length: Math.round(seconds * RATE) }, (_, at) => peak * Math.sin((2 * Math.PI * 440 * at) / RATE));
const silence = (seconds: number): Int16Array => new Int16Array(Math.round(seconds * RATE));
const joined = (...parts: Int16Array[]): Int16Array => Int16Array.from(parts.flatMap((part) => [...part]));

test('long silences around speech are cut to a margin', () => {
  const { audio, seconds, spokenSeconds } = loudPart(joined(silence(2), tone(1.5, 8000), silence(3)));
  expect(audio.length).toBe(seconds * RATE);
  expect(seconds).toBeGreaterThan(1.5 + 0.4);
  expect(seconds).toBeLessThan(1.5 + 0.6);
  expect(spokenSeconds).toBeCloseTo(1.5, 1);
});

test('nothing is spoken in silence, hiss, a tone, steady noise or nothing at all', () => {
  const hiss = Int16Array.from({ length: 2 * RATE }, (_, at) => (at % 3) - 1);
  for (const audio of [silence(2), hiss, tone(2, 8000), noise(16_000, 8000), new Int16Array(0), new Int16Array(100)])
    expect(loudPart(audio).spokenSeconds).toBe(0);
});

test('soft and loud speakers are cut alike', () => {
  const [soft, loud] = [400, 32_000].map((peak) => loudPart(joined(silence(1), tone(2, peak), silence(1))));
  expect(soft?.audio.length).toBe(loud?.audio.length);
  expect(soft?.spokenSeconds).toBe(loud?.spokenSeconds);
});

test('speech in steady noise is kept whole', () => {
  const noisy = tone(3, 3000).map((sample, at) => sample + ((at * 7919) % 601) - 300);
  expect(loudPart(joined(noisy.subarray(0, 8000), silence(0.3), noisy)).seconds).toBeCloseTo(4.3, 2);
});

test('what is longer than the window of Whisper is cut at its end', () => {
  expect(loudPart(joined(tone(30, 3000), silence(5), tone(5, 3000))).seconds).toBe(27);
});
