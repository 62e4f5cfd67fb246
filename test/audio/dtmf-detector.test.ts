import { expect, test } from 'vitest';
import { DtmfDetector } from '../../src/audio/dtmf-detector.ts';
import { mixInto } from '../../src/audio/mixer.ts';
import { dtmfFrequencies, dtmfTone, tone } from '../../src/audio/tone.ts';
import { noise } from '../support/noise.ts';
import { humanSpeech } from '../support/speech-data.ts';

const KEYS = Array.from('0123456789*#ABCD');

/** Keys heard in the audio, cut into frames of 20 ms from `offset` on. */
function keysIn(audio: Int16Array, frame = 160): string {
  const detector = new DtmfDetector();
  let keys = '';
  for (let at = 0; at < audio.length; at += frame) keys += detector.hear(audio.subarray(at, at + frame)) ?? '';
  return keys;
}

function joined(...pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const pause = (milliseconds: number): Int16Array => new Int16Array(milliseconds * 8);
const key = (digit: string, milliseconds: number, amplitude?: number): Int16Array =>
  dtmfTone(digit, milliseconds * 8, amplitude);

test('all sixteen keys, 50 ms with 50 ms between, at any alignment and frame size', () => {
  for (const frame of [80, 160, 240])
    for (let shift = 0; shift < 160; shift += 13) {
      const audio = joined(new Int16Array(shift), ...KEYS.flatMap((digit) => [key(digit, 50), pause(50)]));
      expect(keysIn(audio, frame)).toBe(KEYS.join(''));
    }
});

test('a long key counts once, the same key twice counts twice', () => {
  expect(keysIn(joined(key('5', 3000), pause(100)))).toBe('5');
  expect(keysIn(joined(key('5', 60), pause(60), key('5', 60), pause(60)))).toBe('55');
});

test('keys over noise, loud, faint and twisted', () => {
  const [row, column] = dtmfFrequencies('7') ?? [0, 0];
  for (const amplitude of [500, 3000, 16_000])
    expect(keysIn(joined(pause(20), key('7', 60, amplitude), pause(50)))).toBe('7');
  for (const [low, high] of [
    [8000, 4000],
    [5000, 7000],
  ] as const) {
    const audio = tone([row], 480, { amplitude: low });
    mixInto(audio, tone([column], 480, { amplitude: high }));
    mixInto(audio, noise(480, 300, 3));
    expect(keysIn(joined(pause(20), audio, pause(50)))).toBe('7');
  }
});

test('off by 1.5 % is a key, by 4 % is none', () => {
  const [row, column] = dtmfFrequencies('8') ?? [0, 0];
  for (const share of [0.985, 1.015])
    expect(keysIn(joined(tone([row * share, column * share], 800), pause(50)))).toBe('8');
  for (const share of [0.96, 1.05])
    expect(keysIn(joined(tone([row * share, column * share], 800), pause(50)))).toBe('');
});

test('single tones, ring-back, dial tone, noise and too much twist are no keys', () => {
  const [row, column] = dtmfFrequencies('1') ?? [0, 0];
  for (const hz of [[697], [1209], [350, 440], [440, 480], [480, 620], [425], [1000], [2100]])
    expect(keysIn(joined(tone(hz, 4000), pause(50)))).toBe('');
  for (let seed = 1; seed < 20; seed++) expect(keysIn(noise(16_000, 4000, seed))).toBe('');
  const faintColumn = tone([row], 800, { amplitude: 8000 });
  mixInto(faintColumn, tone([column], 800, { amplitude: 1000 }));
  expect(keysIn(joined(faintColumn, pause(50)))).toBe('');
  expect(keysIn(joined(key('1', 15), pause(50)))).toBe('');
});

test('people talk without pressing keys', (context) => {
  const speech = humanSpeech();
  if (speech.length === 0) return context.skip('no speech data');
  expect(speech.map(({ file, samples }) => [file, keysIn(samples)]).filter(([, keys]) => keys !== '')).toEqual([]);
});
