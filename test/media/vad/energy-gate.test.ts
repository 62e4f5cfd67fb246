import { expect, test } from 'vitest';
import { fromDbfs } from '../../../src/audio/level.ts';
import { tone } from '../../../src/audio/tone.ts';
import { EnergyGate, LOOK_BACK_SAMPLES } from '../../../src/media/vad/energy-gate.ts';
import { noise } from '../../support/noise.ts';

/** Runs the audio through; returns for each frame whether it was loud. */
function loudness(gate: EnergyGate, audio: Int16Array): boolean[] {
  const out: boolean[] = [];
  for (let at = 0; at + 160 <= audio.length; at += 160) out.push(gate.hear(audio.subarray(at, at + 160), false).loud);
  return out;
}

/** White noise of that RMS level: uniform noise of amplitude A has A/√3. */
const noiseAt = (dbfs: number, seconds: number, seed = 1): Int16Array =>
  noise(8000 * seconds, fromDbfs(dbfs) * Math.sqrt(3), seed);

test.each([-60, -50, -40, -32])('steady noise of %i dBFS does not open it, once it is known', (level) => {
  const gate = new EnergyGate();
  loudness(gate, noiseAt(level, 4));
  expect(loudness(gate, noiseAt(level, 20, 2)).filter(Boolean)).toEqual([]);
  expect(Math.abs(gate.noiseFloor - level)).toBeLessThan(3);
});

test('louder noise is let through, rather than deafening us', () => {
  const gate = new EnergyGate();
  loudness(gate, noiseAt(-15, 10));
  expect(gate.noiseFloor).toBe(-30);
});

test.each([-60, -45, -35])('what is 10 dB above noise of %i dBFS opens it at once', (level) => {
  const gate = new EnergyGate();
  loudness(gate, noiseAt(level, 5));
  expect(loudness(gate, noiseAt(level + 12, 1, 3)).slice(0, 5)).toEqual([true, true, true, true, true]);
});

test('someone who speaks from the first frame on is heard', () => {
  expect(loudness(new EnergyGate(), tone([200, 700], 1600, { amplitude: fromDbfs(-30) }))[0]).toBe(true);
});

test('frames of zeros are no quiet room', () => {
  const gate = new EnergyGate();
  loudness(gate, noiseAt(-40, 5));
  loudness(gate, new Int16Array(8000));
  expect(loudness(gate, noiseAt(-40, 1, 4)).filter(Boolean)).toEqual([]);
});

test('noise that rises is learnt within four seconds, but not while it is known to be speech', () => {
  const gate = new EnergyGate();
  loudness(gate, noiseAt(-55, 4));
  const louder = noiseAt(-40, 4);
  for (let at = 0; at < louder.length; at += 160) gate.hear(louder.subarray(at, at + 160), true);
  expect(gate.noiseFloor).toBeLessThan(-54);
  loudness(gate, louder);
  expect(gate.noiseFloor).toBeGreaterThan(-43);
});

test('the look-back is the last 200 ms, in order', () => {
  const gate = new EnergyGate();
  const audio = Int16Array.from({ length: 160 * 23 }, (_, i) => i);
  loudness(gate, audio);
  expect(gate.lookBack()).toEqual(audio.subarray(audio.length - LOOK_BACK_SAMPLES));
  gate.forget();
  expect(gate.lookBack()).toEqual(new Int16Array(LOOK_BACK_SAMPLES));
});
