import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confidenceInGrammar } from '../../src/speech/engines/whisper/confidence.ts';
import { spokenPieces } from '../../src/speech/engines/whisper/spoken-pieces.ts';

/** Bursts of a voice of so many milliseconds, with gaps of so many behind them. */
function bursts(pieces: readonly (readonly [length: number, gap: number])[]): Int16Array {
  const audio = pieces.flatMap(([length, gap]) => [
    ...Array.from(
      { length: length * 8 },
      (_, at) => 6000 * Math.sin(at * 0.3) * Math.sin((Math.PI * at) / (length * 8)) ** 0.3,
    ),
    ...Array.from({ length: gap * 8 }, (_, at) => 20 * Math.sin(at)),
  ]);
  return Int16Array.from(audio);
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('pieces of speech', () => {
  test('are counted where gaps part them, and are single words when none is twice as long as the others', () => {
    const each = fc.record({ length: fc.integer({ min: 300, max: 380 }), gap: fc.integer({ min: 200, max: 400 }) });
    fc.assert(
      fc.property(fc.array(each, { minLength: 3, maxLength: 12 }), (list) => {
        const audio = bursts(list.map(({ length, gap }) => [length, gap] as const));
        expect(spokenPieces(audio)).toEqual({ count: list.length, single: true });
      }),
      { numRuns: 40 },
    );
  });

  test('a piece that may be two words, and gaps as short as those within words, prove nothing', () => {
    expect(spokenPieces(bursts([...times(5, [300, 250] as const), [620, 250]])).single).toBe(false);
    expect(spokenPieces(bursts(times(6, [300, 60] as const))).single).toBe(false);
  });

  test.each(['silence', 'nothing'])('%s has none', (what) =>
    expect(spokenPieces(new Int16Array(what === 'silence' ? 8000 : 0)).count).toBe(0),
  );
});

describe('a number whose digits are not as many as the pieces of speech', () => {
  const free = { tokens: [], mean: -0.2, worst: -1, ranInCircles: false };
  const sure = (words: string, count: number, single: boolean): boolean =>
    confidenceInGrammar(
      { words: words.split(' '), mean: -0.2, sum: -2, unlike: 0, worst: -1, rank: -1 },
      free,
      undefined,
      { count, single },
      false,
    ) >= 0.7;

  test.each([
    ['one two three four', 4, true, true],
    ['more pieces than digits: one was not heard', 5, false, false],
    ['fewer, each of them one word: one was made up', 3, true, false],
    ['fewer, spoken without gaps', 2, false, true],
  ])('%s', (_, count, single, expected) => expect(sure('one two three four', count, single)).toBe(expected));

  test('a digit that was hardly heard makes it unsure, unless the free text has the same digits', () => {
    const fit = {
      words: 'my pin is eight oh five three'.split(' '),
      mean: -1,
      sum: -9,
      unlike: 0.3,
      worst: -5.4,
      rank: -3,
    };
    const confidence = (heardFreely: boolean): number =>
      confidenceInGrammar(fit, { ...free, mean: -0.8 }, undefined, { count: 7, single: false }, heardFreely);
    expect(confidence(false)).toBeLessThan(0.5);
    expect(confidence(true)).toBeGreaterThan(0.5);
  });

  test('holds for nothing but numbers, and "double five" is two words', () => {
    expect(sure('representative please', 5, true)).toBe(true);
    expect(sure('my pin is one two three four', 12, true)).toBe(true);
    expect(sure('one double two three', 4, true)).toBe(true);
  });
});
