import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance } from '../../src/lab/evaluation/edit-distance.ts';
import {
  differingLetters,
  graphOfSentences,
  nearestSentences,
} from '../../src/speech/engines/whisper/nearest-sentences.ts';
import { trieOf } from './graphs.ts';

const BANK = [
  'is that less than last month',
  'send one hundred and twenty five dollars to john smith',
  'my pin is eight oh five three',
  'representative please',
  'one two three four',
  'yes',
  'no thank you',
];
const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

describe('sentences of a grammar that are like a text', () => {
  test.each([
    ['in our freshman last month', 'is that less than last month'],
    ['my midnight of time free', 'my pin is eight oh five three'],
    ['reprenent the tin clean', 'representative please'],
    ['and one hundred twenty five dollars can not move', 'send one hundred and twenty five dollars to john smith'],
  ])('%s → %s', (said, nearest) =>
    expect(nearestSentences(trieOf(BANK), words(said), 1)[0]?.words.join(' ')).toBe(nearest),
  );

  test.each(['', 'zzzz qqqq', 'x'])('nothing is like %j', (said) =>
    expect(nearestSentences(trieOf(BANK), words(said), 3)).toEqual([]),
  );

  test('loops are followed as far as the text goes', () => {
    const digits = ['one', 'two', 'three'].map((word) => ({ word, to: 1 }));
    const loop = {
      key: 'loop',
      start: 0,
      nodes: [
        { arcs: digits, final: false },
        { arcs: digits, final: true },
      ],
    };
    const [best] = nearestSentences(loop, words('one two too three three'), 1);
    expect(best).toEqual({ words: words('one two two three three'), distance: 1 });
  });

  test('they are the nearest of all, the nearest first, with what they differ by', () => {
    const text = fc.array(fc.constantFrom('ab', 'b', 'abc', 'cab', 'ca'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.uniqueArray(
          text.map((list) => list.join(' ')),
          { minLength: 1, maxLength: 12 },
        ),
        text,
        (sentences, said) => {
          const letters = Array.from(said.join(''));
          const ranked = sentences
            .map((one) => ({ one, distance: editDistance(Array.from(one.replaceAll(' ', '')), letters) }))
            .sort((a, b) => a.distance - b.distance);
          const found = nearestSentences(trieOf(sentences), said, sentences.length);
          const near = ranked.filter(
            ({ one, distance }) => distance <= 0.7 * Math.max(letters.length, one.replaceAll(' ', '').length),
          );
          expect(found.map(({ distance }) => distance)).toEqual(near.map(({ distance }) => distance));
          for (const { words: sentence, distance } of found) {
            expect(sentences).toContain(sentence.join(' '));
            expect(differingLetters(sentence, said)).toBe(distance);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('as a graph they are these sentences and no others', () => {
    const found = nearestSentences(trieOf(BANK), words('is that less than last moan'), 3);
    expect(graphOfSentences(found)).toEqual({ ...trieOf(found.map(({ words: list }) => list.join(' '))), key: '' });
  });
});
