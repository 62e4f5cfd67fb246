import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SilenceTrimmer, trimSilence } from '../../src/speech/synthesis/trim-silence.ts';
import { joined } from './support/audio.ts';

const speech = (before: number, voiced: number, after: number): Int16Array =>
  joined([new Int16Array(before), new Int16Array(voiced).fill(5000), new Int16Array(after)]);

describe('silence around speech', () => {
  test('is cut, and the pause asked for is put after it', () => {
    const trimmed = trimSilence(speech(2000, 1000, 3000), 2400);
    expect(trimmed.length).toBe(320 + 1000 + 2400);
    expect(trimmed.subarray(320, 1320).every((sample) => sample === 5000)).toBe(true);
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
        expect(joined([...out, trimmer.end()]).length).toBe(320 + 500 + 700 + 300 + 400);
      }),
    );
  });
});
