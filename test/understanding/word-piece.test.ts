import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordPieceTokenizer } from '../../src/understanding/encoder/word-piece.ts';

const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', "'", 'a', '##a', 'bank', '##ing', 'bal', '##ance', 's'];
const [UNKNOWN, BEGIN, END] = [1, 2, 3];
const tokenizer = wordPieceTokenizer(VOCABULARY);
const ids = (words: string): readonly number[] => tokenizer.ids(words);
const piecesOf = (words: string): readonly (string | undefined)[] =>
  ids(words)
    .slice(1, -1)
    .map((id) => VOCABULARY[id]);

test.each([
  ['banking balance', ['bank', '##ing', 'bal', '##ance']],
  ["bank's", ['bank', "'", 's']],
  ['banks balance', ['[UNK]', 'bal', '##ance']],
  ['', []],
])('%j is cut into %j', (words, pieces) => {
  expect(piecesOf(words)).toEqual(pieces);
});

const UNITS = ['bank', 'ing', 'a', 's', "'", ' ', 'B', 'é', '余', '💳', '\ud800', '\u0000', '\u202e', '[SEP]', '##a'];
test('whatever comes in, what comes out is of the vocabulary, marked at both ends and short enough', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...UNITS), maxLength: 200 }), (text) => {
      const found = ids(text);
      expect(found.length).toBeLessThanOrEqual(48);
      expect([found[0], found.at(-1)]).toEqual([BEGIN, END]);
      expect(found.every((id) => VOCABULARY[id] !== undefined)).toBe(true);
    }),
  );
});

test('a word without an end is unknown, as in BERT; what comes behind the last piece is not looked at', () => {
  expect(ids('a'.repeat(100)).length).toBe(48);
  expect(ids('a'.repeat(101))).toEqual([BEGIN, UNKNOWN, END]);
  expect(ids('a'.repeat(1_000_000))).toEqual([BEGIN, UNKNOWN, END]);
  expect(ids('bank '.repeat(1_000_000)).length).toBe(48);
});

test('a vocabulary without the marks is refused', () => {
  expect(() => wordPieceTokenizer(['a', '##a'])).toThrow('the vocabulary has no [CLS]');
});
