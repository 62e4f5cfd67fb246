import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance } from '../../../src/lab/evaluation/edit-distance.ts';

test.each([
  ['', '', 0],
  ['a b c', '', 3],
  ['', 'a', 1],
  ['what is my balance', 'what is balance', 1],
  ['one two three', 'one too three four', 2],
  ['k i t t e n', 's i t t i n g', 3],
])('%j and %j differ by %i', (from, to, distance) => {
  const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
  expect(editDistance(words(from), words(to))).toBe(distance);
});

test('it is a distance', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 7 });
  fc.assert(
    fc.property(words, words, words, (a, b, c) => {
      expect(editDistance(a, a)).toBe(0);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});
