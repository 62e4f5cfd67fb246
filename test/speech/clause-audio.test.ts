import fc from 'fast-check';
import { expect, test } from 'vitest';
import { activeLevel } from '../../src/audio/active-level.ts';
import { CLIP_LEVEL_DBFS, clauseAudio } from '../../src/speech/synthesis/clause-audio.ts';
import { sayWithFlite } from '../support/flite/say-with-flite.ts';
import { joined } from './support/audio.ts';

const peak = (samples: Int16Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

test('whatever the level of an engine, a clip is at −20 dBFS active speech, and nothing is cut', async () => {
  const speech = await sayWithFlite('Please say or key in your account number.', 'rms');
  fc.assert(
    fc.property(fc.double({ min: 0.03, max: 1.5, noNaN: true }), (gain) => {
      const made = speech.map((sample) => Math.max(-32767, Math.min(32767, sample * gain)));
      const clip = clauseAudio(made, 'number.');
      expect(Math.abs(activeLevel(clip).level - CLIP_LEVEL_DBFS)).toBeLessThan(1);
      expect(peak(clip)).toBeLessThan(32_200);
    }),
    { numRuns: 25 },
  );
});

test('there is no step between clips of different voices', async () => {
  const levels: number[] = [];
  for (const voice of ['slt', 'rms', 'awb', 'kal'] as const)
    for (const clause of ['Yes.', 'Thank you for calling Example Bank.', 'One two three four, five six seven eight.'])
      levels.push(activeLevel(clauseAudio(await sayWithFlite(clause, voice), clause)).level);
  expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(2);
});

test('a click of an engine is rounded off, not cut', async () => {
  const speech = await sayWithFlite('Goodbye.', 'rms');
  const click = new Int16Array(speech.length);
  click[4000] = 30_000;
  const clip = clauseAudio(
    Int16Array.from(speech, (sample, i) => Math.round(sample * 0.1) + (click[i] ?? 0)),
    'Goodbye.',
  );
  expect(peak(clip)).toBeLessThan(32_200);
});

test('noise and silence are not made loud', () => {
  const hiss = Int16Array.from({ length: 16_000 }, (_, i) => ((i * 7919) % 21) - 10);
  expect(clauseAudio(hiss, 'x.').length).toBe(0);
  expect(clauseAudio(joined([]), 'x.').length).toBe(0);
});
